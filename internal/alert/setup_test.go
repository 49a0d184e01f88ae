package alert

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	contoso  nightjar.TenantID = "11111111-1111-1111-1111-111111111111"
	fabrikam nightjar.TenantID = "22222222-2222-2222-2222-222222222222"
)

var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// outbox remembers what it was told of, of transactions that committed or not.
type outbox struct {
	mu   sync.Mutex
	told []Change
	fail error
}

func (o *outbox) Changed(_ context.Context, _ bun.Tx, c Change) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = append(o.told, c)
	return o.fail
}

// Hushed takes what people are not told.
func (o *outbox) Hushed(context.Context, bun.Tx, Change) error { return o.fail }

func (o *outbox) kinds() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := ""
	for _, c := range o.told {
		out += string(c.Kind) + " "
	}
	return out
}

type bundle struct {
	t      testing.TB
	db     *catalog.DB
	keeper *Keeper
	audit  *audit.Log
	out    *outbox
}

func setup(t testing.TB) *bundle {
	t.Helper()
	db, err := catalog.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := &bundle{t: t, db: db, out: &outbox{}}
	if b.audit, err = audit.New(audit.Config{Catalog: db, Clock: clock.Real()}); err != nil {
		t.Fatal(err)
	}
	b.keeper, err = New(Config{Catalog: db, Clock: clock.Real(), Outbox: b.out, Audit: b.audit, Pack: func(rule string) string {
		if rule == "r-mail" {
			return "exchange"
		}
		return "signins"
	}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bundle) record(findings ...nightjar.Finding) {
	b.t.Helper()
	err := b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.keeper.Record(ctx, tx, findings) })
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) all() []Alert {
	b.t.Helper()
	found, err := readAlerts(b.t.Context(), b.db, alertRead+" ORDER BY a.number")
	if err != nil {
		b.t.Fatal(err)
	}
	out := make([]Alert, len(found))
	for i, a := range found {
		out[i] = a.Alert
	}
	return out
}

// finding makes the n-th finding of a rule about a user, n minutes after Monday.
func finding(rule, user string, n int) nightjar.Finding {
	at := monday.Add(time.Duration(n) * time.Minute)
	entities := []nightjar.Entity{{Kind: nightjar.EntityUser, Value: user}}
	return nightjar.Finding{
		ID: nightjar.FindingID(string(contoso), rule, user, fmt.Sprint(n)), Tenant: contoso, Rule: rule, Version: "v1", Title: "Title of " + rule,
		Severity: nightjar.SeverityMedium, Reason: fmt.Sprintf("%s did it %d times", user, n), Tags: []string{"attack.t1110", "attack.credential-access"},
		Entities: entities, Fingerprint: nightjar.Fingerprint(contoso, rule, entities), Time: at, First: at, Last: at, Count: 1,
		Events: []nightjar.EventRef{{ID: fmt.Sprintf("event-%d", n), Table: nightjar.TableAzureAD, Time: at, Operation: "UserLoginFailed"}},
		Values: map[string]string{"UserId": user, "Operation": "UserLoginFailed"}, Seq: int64(n) + 1,
	}
}
