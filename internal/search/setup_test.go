package search

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// TestMain lets the test binary be the engine's worker.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "query-worker" {
		if err := query.WorkerMain(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var (
	contoso = nightjar.Tenant{ID: "c0ffee00-0000-4000-8000-000000000001", Name: "contoso"}
	morning = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
)

// events are ten sign-ins a minute apart, and every third one a failure whose
// record says so; the last two share their time.
func events() []nightjar.Event {
	var out []nightjar.Event
	for i := range 10 {
		e := nightjar.Event{
			Tenant: contoso.ID, ID: fmt.Sprintf("event-%02d", i), Table: nightjar.TableAzureAD,
			Time: morning.Add(time.Duration(min(i, 8)) * time.Minute), Ingested: morning, ContentCreated: morning, RecordType: 15,
			Operation: "UserLoggedIn", UserID: fmt.Sprintf("anna%d@contoso.example", i%2), ClientIP: netip.MustParseAddr("2001:db8::1"),
			Raw: fmt.Appendf(nil, `{"Id":"event-%02d","Note":"it's O'Brien","ErrorNumber":"%d"}`, i, 50050+i%3),
		}
		if i%3 == 0 {
			e.Operation = "UserLoginFailed"
		}
		out = append(out, e)
	}
	return out
}

func span() Search {
	return Search{Table: nightjar.TableManagement, From: morning, To: morning.Add(time.Hour)}
}

type bundle struct{ engine *query.Engine }

// setup stores events, and those of a test.
func setup(t *testing.T, more ...nightjar.Event) *bundle {
	t.Helper()
	dir := t.TempDir()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(dir, "catalog.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	j, err := journal.New(journal.Config{Dir: filepath.Join(dir, "journal"), Catalog: db})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(t.Context(), journal.Batch{Tenant: contoso.ID, Sources: []journal.Source{{Events: append(events(), more...)}}}); err != nil {
		t.Fatal(err)
	}
	e, err := query.New(query.Config{Journal: j, WorkerCommand: []string{os.Args[0], "query-worker"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return &bundle{e}
}

type rows struct{ all [][]any }

func (r *rows) Columns([]query.Column) error { return nil }

func (r *rows) Row(values []any) error {
	r.all = append(r.all, values)
	return nil
}

func (b *bundle) ask(t *testing.T, sql string, err error) [][]any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var r rows
	if _, err := b.engine.Run(t.Context(), query.Request{SQL: sql, Tenants: []nightjar.Tenant{contoso}}, &r); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return r.all
}
