package collect

import (
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestTheLedgerForgetsOldBlobsAndKeepsTheirSums(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{WrongTenant: 2}}, slowPolls)
		w.once(OnceOptions{})
		w.serve(30 * time.Hour) // second fetches, the daily look
		before := w.coverage()
		count := func() int {
			n, err := w.catalog.NewSelect().Table("collect_blobs").Count(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return int(n)
		}
		rows, now := count(), time.Now()
		for _, feed := range nightjar.Feeds() {
			n, err := w.c.ledger.prune(t.Context(), realTenant, feed, now.Add(7*24*time.Hour))
			if err != nil || n != 0 {
				t.Fatalf("%d rows of %s, which Microsoft may still list, are pruned: %v", n, feed, err)
			}
			if _, err = w.c.ledger.prune(t.Context(), realTenant, feed, now.Add(22*24*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if left := count(); left == 0 || left > 5 || rows < 50 {
			t.Errorf("%d of %d rows are left; those with a record in quarantine should be", left, rows)
		}
		after := w.coverage()
		for i, f := range before.Feeds {
			if got := after.Feeds[i]; got.Total != f.Total || len(got.Hours) != len(f.Hours) || len(got.Quarantine) != len(f.Quarantine) {
				t.Errorf("%s: %+v, before pruning %+v", f.Feed, got.Total, f.Total)
			}
		}
	})
}
