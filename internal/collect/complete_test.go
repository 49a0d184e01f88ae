package collect

import (
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// Each commit says until when all content of the tenant is there; what
// detection decides rests on it. There are six days of the past, and an outage of four.
func TestCommitsTellUntilWhenAllIsThere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t)}, func(w *world) {
			slowPolls(w)
			w.options.CommitEvents = 20
		})
		w.serve(5 * time.Hour)
		time.Sleep(4 * 24 * time.Hour)
		w.restart()
		w.serve(5 * time.Hour)
		w.exact()

		var told, until, next time.Time // as of the last commit; of this one
		seq := int64(0)
		behind, caughtUp := 0, 0
		reader := w.journal.ReaderAfter(0)
		for {
			events, _, err := reader.Next(t.Context(), 1000)
			if err != nil {
				t.Fatal(err)
			}
			if len(events) == 0 {
				break
			}
			for i := range events {
				e := &events[i]
				if e.Seq != seq {
					seq, until = e.Seq, next
				}
				if e.Table != nightjar.TableCollectorsOut {
					if e.ContentCreated.Before(until) {
						t.Fatalf("%s: content of %s comes, and at %s all was there that is older than %s", e.Feed, e.ContentCreated, told, until)
					}
					continue
				}
				said, ok := nightjar.CompleteUntil(e)
				if !ok {
					continue
				}
				told, next = e.Time, said
				switch {
				case e.Time.Sub(said) < 2*time.Hour:
					caughtUp++
				case e.Time.Sub(said) > 3*24*time.Hour:
					behind++
				}
			}
		}
		if behind < 10 || caughtUp < 10 {
			t.Errorf("%d commits tell of days that are to come, %d that all is there", behind, caughtUp)
		}
	})
}
