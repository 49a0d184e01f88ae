package journal

import (
	"context"

	"github.com/nightjar-sec/nightjar"
)

type dayFilter struct{}

type filterBudget struct{ limit int }

// dedupe returns the events of the batch that are not stored yet.
func (j *Journal) dedupe(_ context.Context, _ *tenantState, b Batch) ([]*nightjar.Event, Receipt, error) {
	r := Receipt{Sources: make([]SourceReceipt, len(b.Sources))}
	var fresh []*nightjar.Event
	ids := make(map[string]bool)
	for i := range b.Sources {
		for k := range b.Sources[i].Events {
			e := &b.Sources[i].Events[k]
			if ids[e.ID] && e.Table != nightjar.TableCollectorsOut {
				r.Duplicates++
				r.Sources[i].Duplicates++
				continue
			}
			ids[e.ID] = true
			r.Stored++
			r.Sources[i].Stored++
			fresh = append(fresh, e)
		}
	}
	return fresh, r, nil
}

func (j *Journal) remember(_ *tenantState, _ []*nightjar.Event) {}
