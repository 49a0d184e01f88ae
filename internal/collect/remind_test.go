package collect

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestRestartForgetsNoWarning(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{
			Missing: 0.2, Poison: 6, WrongTenant: 6, Late: sim.Late{Share: 0.2, Delay: 6 * time.Hour},
			Growing: sim.Late{Share: 0.5, Delay: 10 * time.Minute},
		}}, func(w *world) { w.options.PollInterval = 9 * time.Minute })
		w.serve(30 * time.Hour)
		told := w.warnings.findings()
		if len(told) < 5 {
			t.Fatalf("only %v are warned of", told)
		}
		w.warnings = &warnings{}
		w.restart()
		w.serve(time.Minute)
		again := w.warnings.findings()
		for key := range told {
			if !again[key] {
				t.Errorf("%s is forgotten", key)
			}
		}
		// A week on nothing of it is a warning any more, but that content is fetched twice.
		time.Sleep(8 * 24 * time.Hour)
		for _, f := range newTenantRun(w.c, w.tenants[0], true).feeds {
			if err := f.remind(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for key := range w.warnings.findings() {
			if !strings.HasPrefix(key, string(nightjar.WarnRefetchGained)) {
				t.Errorf("%s still holds", key)
			}
		}
	})
}

// findings are the warnings that come of the ledger.
func (w *warnings) findings() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]bool)
	for key := range w.set {
		code, _, _ := strings.Cut(key, " ")
		if slices.Contains([]nightjar.WarningCode{
			nightjar.WarnDataGap, nightjar.WarnBlobQuarantined, nightjar.WarnEventsDiscarded, nightjar.WarnReconcileMissing, nightjar.WarnRefetchGained,
		}, nightjar.WarningCode(code)) {
			out[key] = true
		}
	}
	return out
}

func TestVanishedSubscriptionLeavesANamedGap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t)}, slowPolls)
		w.once(OnceOptions{})
		before := w.coverage()
		time.Sleep(5 * time.Hour)
		// Another service of the same tenant, which knows of no subscription.
		other, err := sim.New(sim.Config{InMemory: true, Tenants: living(t)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- other.Run(ctx) }()
		defer func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}()
		w.sim = other
		w.restart()
		now := time.Now()
		if sum := w.once(OnceOptions{}); sum.Complete || sum.feed(nightjar.FeedExchange).Gaps != 1 {
			t.Errorf("the summary is %+v", sum)
		}
		for i, f := range w.coverage().Feeds {
			if len(f.Gaps) != 1 || f.Gaps[0].Reason != GapDisabled ||
				!f.Gaps[0].From.Equal(before.Feeds[i].ListedTo) || f.Gaps[0].To.Sub(now).Abs() > time.Minute {
				t.Errorf("%s has gaps %+v, want one from %s to %s", f.Feed, f.Gaps, before.Feeds[i].ListedTo, now)
			}
			if !w.warnings.has(nightjar.WarnDataGap, f.Feed) {
				t.Errorf("nobody is told of the gap of %s", f.Feed)
			}
		}
		w.restart()
		if sum := w.once(OnceOptions{}); !sum.Complete {
			t.Errorf("the gap is found again: %+v", sum)
		}
	})
}
