package alert

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

func TestPagesShowEachAlertOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for n := range 25 {
		f := finding("r-spray", fmt.Sprintf("user%d@contoso.com", n), n)
		f.Severity = nightjar.Severities()[1+n%4]
		b.record(f)
	}
	for _, bySeverity := range []bool{false, true} {
		seen := map[string]bool{}
		f, last := Filter{Limit: 7, BySeverity: bySeverity}, 5
		for {
			page, next, err := b.keeper.List(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page {
				if seen[a.ID] || bySeverity && a.Severity.Rank() > last {
					t.Errorf("%s is seen twice or out of order", a.ID)
				}
				seen[a.ID], last = true, a.Severity.Rank()
			}
			if f.Cursor = next; next == "" {
				break
			}
		}
		if len(seen) != 25 {
			t.Errorf("%d alerts are seen", len(seen))
		}
	}
	if _, _, err := b.keeper.List(t.Context(), Filter{Cursor: "nonsense"}); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Error(err)
	}
}

// fill writes alerts faster than findings could: every tenth is open.
func (b *bundle) fill(n int) {
	b.t.Helper()
	b.record(finding("r-spray", "anna@contoso.com", 0))
	err := b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		columns := strings.NewReplacer("number,", "n.value + 1,", " id,", " 'A-' || n.value,", " status,", " CASE WHEN n.value % 10 = 0 THEN 'new' ELSE 'closed' END,", " rule,", " 'rule-' || (n.value % 200),",
			" severity,", " n.value % 4 + 1,", " fingerprint,", " 'f' || n.value,", " revision", " n.value + 10").Replace(alertColumns)
		_, err := tx.NewRaw("WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < " + fmt.Sprint(n) + ") INSERT INTO alert_alerts (" + alertColumns + ") SELECT " + columns + " FROM alert_alerts a, n WHERE a.number = 1").Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewRaw("INSERT INTO alert_entities (tenant, value, kind, alert) SELECT tenant, 'user' || (number % 1000) || '@contoso.com', 'user', number FROM alert_alerts").Exec(ctx)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// questions are those that the queue asks.
func questions() map[string]Filter {
	no := false
	return map[string]Filter{
		"all": {}, "open": {Statuses: []Status{StatusNew, StatusAcknowledged}, Silenced: &no}, "closed": {Statuses: []Status{StatusClosed}}, "a rule": {Rule: "rule-7"},
		"the gravest": {BySeverity: true}, "a user": {Entity: "user:user7@contoso.com"}, "a tenant": {Tenants: []nightjar.TenantID{contoso}},
		"some tenants": {Tenants: []nightjar.TenantID{contoso, fabrikam}}, "next page": {Cursor: "50000"},
	}
}

// TestTheQueueIsReadFromIndexes fails for a question that walks all alerts.
func TestTheQueueIsReadFromIndexes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fill(100)
	for name, f := range questions() {
		q, err := f.query(b.db, 101)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range b.plan(t, q.String()) {
			if strings.HasPrefix(step, "SCAN a") && !strings.Contains(step, "INDEX") {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

// TestWhatIsRareIsFoundWithoutWalkingTheRest asks for what few of many alerts
// have: a walk from the newest would read nearly all.
func TestWhatIsRareIsFoundWithoutWalkingTheRest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fill(100)
	of := []nightjar.TenantID{contoso}
	for want, f := range map[string]Filter{
		"(pack=?)": {Pack: "signins"}, "(pack=?) ": {Pack: "signins", Tenants: of}, "(pack=?)  ": {Pack: "signins", BySeverity: true},
		"(tenant=? AND rule=?)": {Rule: "rule-7", Tenants: of},
	} {
		q, err := f.query(b.db, 21)
		if err != nil {
			t.Fatal(err)
		}
		if steps := b.plan(t, q.String()); !slices.ContainsFunc(steps, func(s string) bool { return strings.Contains(s, strings.TrimSpace(want)) }) {
			t.Errorf("%+v: %q", f, steps)
		}
	}
}

// plan says how the database answers a question.
func (b *bundle) plan(t *testing.T, question string) (steps []string) {
	t.Helper()
	var plan []struct {
		ID      int    `bun:"id"`
		Parent  int    `bun:"parent"`
		NotUsed int    `bun:"notused"`
		Detail  string `bun:"detail"`
	}
	if err := b.db.NewRaw("EXPLAIN QUERY PLAN "+question).Scan(t.Context(), &plan); err != nil {
		t.Fatal(question, err)
	}
	for _, step := range plan {
		steps = append(steps, step.Detail)
	}
	return steps
}

func BenchmarkList(b *testing.B) {
	k := setup(b)
	k.fill(100_000)
	for name, f := range questions() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := k.keeper.List(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
