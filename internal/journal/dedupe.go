package journal

import (
	"context"
	"hash/maphash"
	"maps"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Identity is (tenant, id). Three looks decide whether an event is stored
// already: the ids of the batch itself; the filter of the event's day, which
// says "certainly new" to nearly all new events; and, after a "perhaps", the
// stored ids themselves. Other days are asked only after a coarse filter over
// all of them says "perhaps" too.
//
// The filter of the day is enough because an event's time is part of the record
// that Microsoft keeps: the same id comes back with the same CreationTime. Of an
// event without one the days around its delivery are looked at. Should
// one ever come back under another day, it is still found when that day is one of
// those in memory, as recent days are; otherwise it is stored a second time, never
// lost, and Verify reports it.

// deduped is a batch after dedupe.
type deduped struct {
	fresh   []*nightjar.Event
	hashes  []uint64 // of fresh
	filters map[int64]*dayFilter
	receipt Receipt
}

// dayOf returns the start of the event's UTC day in microseconds.
func dayOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UTC().Truncate(24 * time.Hour).UnixMicro()
}

// daysOf returns the days under which an event may be stored already. One that
// states no time of its own has that of its delivery, and another day when it
// is delivered again: any within Microsoft's retention on either side.
func daysOf(e *nightjar.Event) []int64 {
	day := dayOf(e.Time)
	if !e.Time.Equal(e.ContentCreated) && !e.Time.Equal(e.Ingested) {
		return []int64{day}
	}
	const around = int64(nightjar.ContentRetention/(24*time.Hour)) + 1
	days := make([]int64, 0, 2*around+1)
	for i := -around; i <= around; i++ {
		days = append(days, day+i*dayMicros)
	}
	return days
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// dedupe finds the events of the batch that are not stored yet. Rows of
// collectors_out have no identity and are all kept.
func (j *Journal) dedupe(ctx context.Context, t *tenantState, b Batch) (deduped, error) {
	d := deduped{filters: make(map[int64]*dayFilter), receipt: Receipt{Sources: make([]SourceReceipt, len(b.Sources))}}
	n := 0
	for _, s := range b.Sources {
		n += len(s.Events)
	}
	type candidate struct {
		event  *nightjar.Event
		source int
		hash   uint64
		day    int64
	}
	j.prepareFilters(t)
	candidates := make([]candidate, 0, n)
	inBatch := make(map[string]struct{}, n)
	for i, s := range b.Sources {
		for k := range s.Events {
			e := &s.Events[k]
			if e.Table == nightjar.TableCollectorsOut {
				candidates = append(candidates, candidate{event: e, source: i})
				continue
			}
			if _, twice := inBatch[e.ID]; twice {
				d.receipt.Sources[i].Duplicates++
				continue
			}
			inBatch[e.ID] = struct{}{}
			for _, day := range daysOf(e) {
				if d.filters[day] != nil {
					continue
				}
				f, err := j.filter(ctx, t, b, day)
				if err != nil {
					return deduped{}, err
				}
				d.filters[day] = f
			}
			candidates = append(candidates, candidate{event: e, source: i, hash: maphash.String(j.seed, e.ID), day: dayOf(e.Time)})
		}
	}
	stored := make(map[string]struct{})
	ofDay := make(doubt)
	for _, c := range candidates {
		if c.event.Table != nightjar.TableCollectorsOut && d.filters[c.day].perhaps(c.hash) {
			ofDay.add(c.day, c.event)
		}
	}
	if err := j.stored(ctx, b.Tenant, ofDay, stored); err != nil {
		return deduped{}, err
	}
	// What its own day does not have may be under another one.
	others := make(doubt)
	var known map[int64]*dayFilter
	for _, c := range candidates {
		if c.event.Table == nightjar.TableCollectorsOut || !t.coarse.perhaps(c.hash) {
			continue
		}
		if _, dup := stored[c.event.ID]; dup {
			continue
		}
		if known == nil {
			known = j.knownFilters(t, d.filters)
		}
		for day, f := range known {
			if day != c.day && f.perhaps(c.hash) {
				others.add(day, c.event)
			}
		}
	}
	if err := j.stored(ctx, b.Tenant, others, stored); err != nil {
		return deduped{}, err
	}
	for _, c := range candidates {
		r := &d.receipt.Sources[c.source]
		if c.event.Table != nightjar.TableCollectorsOut {
			if _, dup := stored[c.event.ID]; dup {
				r.Duplicates++
				continue
			}
		}
		r.Stored++
		d.fresh, d.hashes = append(d.fresh, c.event), append(d.hashes, c.hash)
	}
	for _, s := range d.receipt.Sources {
		d.receipt.Stored += s.Stored
		d.receipt.Duplicates += s.Duplicates
	}
	return d, nil
}

// knownFilters returns the tenant's filters that are in memory, and the batch's own.
func (j *Journal) knownFilters(t *tenantState, own map[int64]*dayFilter) map[int64]*dayFilter {
	j.mu.Lock()
	defer j.mu.Unlock()
	known := make(map[int64]*dayFilter, len(t.days)+len(own))
	maps.Copy(known, t.days)
	maps.Copy(known, own)
	return known
}

// filter returns the filter of a day, built from what is stored when it is not
// in memory. The caller has the tenant's turn, so nothing is committed meanwhile.
func (j *Journal) filter(ctx context.Context, t *tenantState, b Batch, day int64) (*dayFilter, error) {
	j.mu.Lock()
	f := t.days[day]
	j.mu.Unlock()
	if f == nil {
		var err error
		if f, err = j.buildFilter(ctx, t, b, day); err != nil {
			return nil, err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	t.days[day] = f
	j.filters.touch(f, func() { t.evicted(day, f) })
	return f, nil
}

func (j *Journal) buildFilter(ctx context.Context, t *tenantState, b Batch, day int64) (*dayFilter, error) {
	segs, err := j.segmentsOfDay(ctx, b.Tenant, day)
	if err != nil {
		return nil, err
	}
	rows := int64(0)
	for _, s := range segs {
		if s.Table != "" {
			rows += s.Rows
		}
	}
	f := newDayFilter(int(rows)*3/2, b.DedupeBytes)
	for _, s := range segs {
		err := j.ids.with(j, s, func(file *idFile) error {
			return file.each(ctx, func(id []byte, at int64) {
				if at >= day && at < day+dayMicros {
					h := maphash.Bytes(j.seed, id)
					f.add(h)
					t.coarse.add(h)
				}
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// segmentsOfDay returns the segments that may hold events of a day, newest first.
func (j *Journal) segmentsOfDay(ctx context.Context, tenant nightjar.TenantID, day int64) ([]nightjar.Segment, error) {
	var rows []segmentRow
	err := j.cfg.Catalog.NewSelect().Model(&rows).
		Where("tenant = ?", tenant).Where("max_time >= ?", day).Where("min_time < ?", day+dayMicros).
		Where("table_name <> ?", nightjar.TableCollectorsOut).
		OrderExpr("max_seq DESC").Scan(ctx)
	if err != nil {
		return nil, catalog.Translate(err)
	}
	out := make([]nightjar.Segment, 0, len(rows))
	for _, r := range rows {
		s, err := r.segment()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// stored moves those of the doubtful ids that are stored to found.
func (j *Journal) stored(ctx context.Context, tenant nightjar.TenantID, doubtful doubt, found map[string]struct{}) error {
	for day, ids := range doubtful {
		segs, err := j.segmentsOfDay(ctx, tenant, day)
		if err != nil {
			return err
		}
		for _, s := range segs {
			if len(ids) == 0 {
				break
			}
			if err := j.ids.with(j, s, func(file *idFile) error { return file.find(ctx, ids, found) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// remember adds committed events to the filters; without it the next delivery
// of them would look new.
func (j *Journal) remember(t *tenantState, d deduped) {
	for i, e := range d.fresh {
		if e.Table != nightjar.TableCollectorsOut {
			d.filters[dayOf(e.Time)].add(d.hashes[i])
			t.coarse.add(d.hashes[i])
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for day, f := range d.filters {
		if f.place != nil { // it may have grown
			j.filters.touch(f, func() { t.evicted(day, f) })
		}
	}
	j.filters.account(t.coarse.all)
}

// evicted forgets the filter of a day. The caller has Journal.mu.
func (t *tenantState) evicted(day int64, f *dayFilter) {
	delete(t.days, day)
	t.coarse.stale += f.countedIDs
}
