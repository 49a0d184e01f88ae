package journal

import "github.com/nightjar-sec/nightjar"

// coarseBits is the Bloom bits for each id: one new id in some hundreds is
// looked for in the filters of all days although none of them has it.
const coarseBits = 12

// coarseFilter stands before the filters of a tenant's days: it holds the ids
// of all of them, so that a new event costs one question rather than one a day.
// It may hold more than they do, never less. The tenant's turn protects it.
type coarseFilter struct {
	all *dayFilter // nil before the first
	// stale counts the ids of filters that were evicted since. Journal.mu protects it.
	stale int
}

func (c *coarseFilter) add(h uint64) { c.all.add(h) }

func (c *coarseFilter) perhaps(h uint64) bool { return c.all.perhaps(h) }

// prepareFilters makes the tenant's coarse filter ready for a batch. Ids cannot be
// taken out of one; when half of them are of no use any more, it begins anew,
// and so do the filters of days, which are built again as they are needed.
func (j *Journal) prepareFilters(t *tenantState) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := &t.coarse
	if c.all != nil && c.stale <= max(c.all.ids/2, minFilterIDs) {
		return
	}
	for _, f := range t.days {
		j.filters.drop(f)
	}
	if c.all != nil {
		j.filters.release(c.all)
	}
	c.all, c.stale = newFilter(minFilterIDs, coarseBits, max(j.filters.limit/4, 1)), 0
	j.filters.account(c.all)
}

// doubt collects ids that may be stored, by the day whose filter says so.
type doubt map[int64]map[string]struct{}

func (d doubt) add(day int64, e *nightjar.Event) {
	if d[day] == nil {
		d[day] = make(map[string]struct{})
	}
	d[day][e.ID] = struct{}{}
}
