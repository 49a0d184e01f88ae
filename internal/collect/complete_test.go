package collect

import (
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// told reads of all commits how far behind each said that the tenant is, and
// how old the oldest content was that came though a commit before had said that
// it was there.
func (w *world) told() (behind []time.Duration, worst time.Duration) {
	w.t.Helper()
	var until, next time.Time // as of the last commit; of this one
	seq := int64(0)
	reader := w.journal.ReaderAfter(0)
	for {
		events, _, err := reader.Next(w.t.Context(), 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(events) == 0 {
			return behind, worst
		}
		for i := range events {
			e := &events[i]
			if e.Seq != seq {
				seq, until = e.Seq, next
			}
			if said, ok := nightjar.CompleteUntil(e); ok {
				next = said
				behind = append(behind, e.Time.Sub(said))
			}
			if e.Table != nightjar.TableCollectorsOut {
				worst = max(worst, until.Sub(e.ContentCreated))
			}
		}
	}
}

// Each commit says until when all content of the tenant is there; what
// detection decides rests on it.
func TestCommitsTellUntilWhenAllIsThere(t *testing.T) {
	var feeds []string
	for _, f := range nightjar.Feeds() {
		feeds = append(feeds, string(f))
	}
	for name, c := range map[string]struct {
		scenario  sim.Scenario
		perMinute int
		outage    time.Duration
	}{
		"calm":          {},
		"off for days":  {outage: 4 * 24 * time.Hour},
		"errors":        {scenario: sim.Scenario{Bursts: []sim.Burst{{From: 2 * time.Minute, For: time.Hour, Status: 503}}}, perMinute: 30},
		"consent later": {scenario: sim.Scenario{Unauthorised: feeds, UnauthorisedUntil: 5 * time.Hour, Latency: 300 * time.Millisecond, PageLimit: 20}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, sim.Config{Tenants: living(t), Scenario: c.scenario}, func(w *world) {
					slowPolls(w)
					w.options.CommitEvents = 20
					w.perMinute = c.perMinute
				})
				w.serve(9 * time.Hour)
				if c.outage > 0 {
					time.Sleep(c.outage)
					w.restart()
					w.serve(5 * time.Hour)
				}
				behind, worst := w.told()
				if worst > time.Hour {
					t.Errorf("content came %s behind what was said to be there", worst)
				}
				far, near := 0, 0
				for _, d := range behind {
					if d > 3*24*time.Hour {
						far++
					}
					if d <= time.Hour {
						near++
					}
				}
				if far < 10 || near < 3 {
					t.Errorf("of %d rows %d tell of days that are to come, %d that all is there", len(behind), far, near)
				}
			})
		})
	}
}

// A feed that is not permitted, for which a run of the command waits in vain,
// holds up nothing.
func TestAFeedThatIsRefusedIsNotWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{Unauthorised: []string{string(nightjar.FeedDLP)}}}, nil)
		for range 4 {
			w.once(OnceOptions{})
			time.Sleep(time.Hour)
			w.restart()
		}
		behind, _ := w.told()
		if last := behind[len(behind)-1]; len(behind) < 4 || last > time.Hour {
			t.Errorf("of %d rows the last says that %s are missing", len(behind), last)
		}
	})
}
