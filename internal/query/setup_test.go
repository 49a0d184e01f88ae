package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// TestMain lets the test binary be its own worker, as nightjar is its own.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && strings.HasPrefix(os.Args[1], "query-worker") {
		l := lab{direct: strings.Contains(os.Args[1], "direct"), settings: strings.Contains(os.Args[1], "bare")}
		if err := workerMain(context.Background(), os.Stdin, os.Stdout, l); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var (
	contoso  = nightjar.Tenant{ID: "c0ffee00-0000-4000-8000-000000000001", Name: "contoso"}
	fabrikam = nightjar.Tenant{ID: "c0ffee00-0000-4000-8000-000000000002", Name: "fabrikam"}
	dayOne   = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
)

// bundle is an engine over a journal with events of two tenants.
type bundle struct {
	engine  *Engine
	journal *journal.Journal
	dir     string
}

func arrange(t *testing.T, limits Limits, events int) *bundle {
	t.Helper()
	return arrangeWorker(t, limits, events, "query-worker")
}

func arrangeWorker(t *testing.T, limits Limits, events int, worker string) *bundle {
	t.Helper()
	dir := t.TempDir()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(dir, "catalog.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	j, err := journal.New(journal.Config{Dir: filepath.Join(dir, "journal"), Catalog: db, RowGroupRows: 500})
	if err != nil {
		t.Fatal(err)
	}
	for i, tenant := range []nightjar.Tenant{contoso, fabrikam} {
		all := generate(tenant, uint64(i), events)
		for len(all) > 0 {
			n := min(len(all), max(1, events/4))
			if _, err := j.Append(t.Context(), journal.Batch{Tenant: tenant.ID, Sources: []journal.Source{{Events: all[:n]}}}); err != nil {
				t.Fatal(err)
			}
			all = all[n:]
		}
	}
	e, err := New(Config{Journal: j, WorkerCommand: []string{os.Args[0], worker}, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return &bundle{engine: e, journal: j, dir: dir}
}

// generate makes events of four days that the analysts' questions find things in.
func generate(tenant nightjar.Tenant, seed uint64, n int) []nightjar.Event {
	r := rand.New(rand.NewPCG(seed, 7))
	kinds := []struct {
		table               nightjar.Table
		workload, operation string
		recordType          int32
	}{
		{nightjar.TableAzureAD, "AzureActiveDirectory", "UserLoggedIn", 15},
		{nightjar.TableAzureAD, "AzureActiveDirectory", "UserLoginFailed", 15},
		{nightjar.TableAzureAD, "AzureActiveDirectory", "Consent to application.", 8},
		{nightjar.TableExchange, "Exchange", "New-InboxRule", 1},
		{nightjar.TableExchange, "Exchange", "MailItemsAccessed", 50},
		{nightjar.TableSharePoint, "SharePoint", "FileDownloaded", 6},
		{nightjar.TableOneDrive, "OneDrive", "FileModified", 6},
		{nightjar.TableTeams, "MicrosoftTeams", "MemberAdded", 25},
		{nightjar.TableDLP, "SecurityComplianceCenter", "DlpRuleMatch", 13},
	}
	names := []string{"anna.berg1", "olga.mulder7", "ben.okafor2", "li.wei3", "eve.stone4"}
	countries := []string{"DE", "NL", "NG", "RU", "CN", ""}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	out := make([]nightjar.Event, 0, n)
	for i := range n {
		k := kinds[r.IntN(len(kinds))]
		at := dayOne.Add(time.Duration(i) * 96 * time.Hour / time.Duration(n)).Truncate(time.Second)
		user, country := pick(names)+"@"+tenant.Name+".example", pick(countries)
		file := fmt.Sprintf("payroll_%03d.docx", r.IntN(20))
		site := ""
		if k.workload == "SharePoint" {
			site = fmt.Sprintf("https://%s.sharepoint.example/sites/%d", tenant.Name, r.IntN(3))
		}
		id := fmt.Sprintf("%s-%d", tenant.Name, i)
		record := map[string]any{
			"Id": id, "Operation": k.operation, "UserId": user, "ErrorNumber": fmt.Sprint(50050 + r.IntN(6)),
			"SourceFileName": file, "SiteUrl": site, "OrganizationId": tenant.ID,
			"DeviceProperties": []map[string]string{{"Name": "Id", "Value": "x"}, {"Name": "Trust", "Value": "y"}, {"Name": "OS", "Value": pick([]string{"Windows", "macOS"})}},
			"Members":          []map[string]string{{"UPN": user}},
		}
		if i%400 == 17 {
			record["ObjectId"] = "the OrchidProject plan"
		}
		if i == n/2 {
			record["Note"] = "zebra-" + tenant.Name
		}
		raw, err := json.Marshal(record)
		if err != nil {
			panic(err)
		}
		out = append(out, nightjar.Event{
			Tenant: tenant.ID, ID: id, Table: k.table, Feed: nightjar.FeedGeneral, Tag: tenant.Name, Time: at, Ingested: at.Add(time.Minute),
			ContentCreated: at.Add(30 * time.Second), RecordType: k.recordType, Operation: k.operation, Workload: k.workload,
			UserID: user, ClientIP: netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(40))}), ObjectID: file, Fields: `{"n":` + fmt.Sprint(i) + `}`,
			Raw: raw, Place: nightjar.Place{Country: country},
		})
	}
	for i := range n / 10 {
		at := dayOne.Add(time.Duration(i) * time.Minute)
		message, level := "stored 10 events", "info"
		if i%3 == 0 {
			message, level = "collector failed: connection reset", "error"
		}
		raw := fmt.Sprintf(`{"count":%d,"message":%q}`, i, message)
		out = append(out, nightjar.Event{
			Tenant: tenant.ID, ID: fmt.Sprintf("%s-out-%d", tenant.Name, i), Table: nightjar.TableCollectorsOut, Time: at, Ingested: at,
			Operation: "stored", Workload: "management-activity/Audit.Exchange", SessionID: fmt.Sprintf("job-%d", i/10), Result: level,
			ObjectID: message, Raw: []byte(raw),
		})
	}
	return out
}

// answer is a sink that keeps everything.
type answer struct {
	columns []Column
	rows    [][]any
	onRow   func() error
}

func (a *answer) Columns(c []Column) error { a.columns = c; return nil }

func (a *answer) Row(v []any) error {
	a.rows = append(a.rows, v)
	if a.onRow != nil {
		return a.onRow()
	}
	return nil
}

func (b *bundle) ask(t *testing.T, sql string, tenants ...nightjar.Tenant) (*answer, Stats) {
	t.Helper()
	a := &answer{}
	stats, err := b.engine.Run(t.Context(), Request{SQL: sql, Tenants: tenants}, a)
	if err != nil {
		t.Fatalf("%s\n%v (%v; hint: %s)", sql, err, errors.Unwrap(err), nightjar.HintOf(err))
	}
	return a, stats
}

func (a *answer) text() string {
	var b strings.Builder
	for _, row := range a.rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(show(v))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func show(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.999999")
	case float64:
		return fmt.Sprintf("%.9g", v)
	default:
		return fmt.Sprint(v)
	}
}
