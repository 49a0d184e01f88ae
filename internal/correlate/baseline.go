package correlate

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// usual says when a key does more within a bucket of time than it usually
// does: more than the floor, and than the mean of its earlier buckets and so
// many standard deviations.
//
// Buckets begin at whole multiples of their length since 1970, in UTC. Those in
// which nothing happened count, so that nights and weekends are part of what is
// usual; holidays are not (see reckon). A bucket that alerted counts as twice the
// limit that it passed, at most: an attack does not teach itself in, and a
// lasting change is learned within days.
type usual struct {
	def   *definition
	learn learning
	keys  *table[usualOfKey]
	held  int // events that buckets hold
	sweep sweep
}

type usualOfKey struct {
	since, last int64
	buckets     []bucket // sorted; those in which something happened
	// work are the numbers of earlier buckets that hold events: those that events
	// of a backlog came to last, the last one at the end.
	work []int64
}

type bucket struct {
	number      int64 // since 1970
	count       int64
	fired       bool
	limit       int64 // what it counts as for others at most, once it fired
	first, last int64
	values      []uint64 // hashes, sorted; of a field while the bucket is open
	events      []entry  // sorted; of the key's newest bucket, and of those at work
}

func newBaseline(d *definition) (state, error) {
	if d.Own.Per <= 0 || d.span < int64(d.Own.Per) {
		return nil, refused(d.Correlation, "its buckets have no length")
	}
	return &usual{def: d, learn: newLearning(), keys: newTable[usualOfKey]()}, nil
}

// number is which bucket a time is in.
func (d *definition) number(at int64) int64 {
	per := int64(d.Own.Per)
	n := at / per
	if at%per < 0 {
		n--
	}
	return n
}

func (s *usual) observe(o *observation) []Hit {
	var values []string
	if len(s.def.Fields) > 0 {
		if values = o.values(s.def.Fields[0]); len(values) == 0 {
			return nil
		}
	}
	s.learn.begin(o.born)
	row := s.keys.get(o.key)
	k := &row.value
	if len(k.buckets) == 0 || s.asleep(k, o.mark) {
		s.release(k)
		*k = usualOfKey{since: o.at, last: o.at}
	}
	if k.last <= o.mark { // no backlog has held time since
		s.rest(k)
	}
	k.since, k.last = min(k.since, o.at), max(k.last, o.at)
	i, fresh := s.place(k, s.def.number(o.at))
	b := &k.buckets[i]
	if b.count == 0 {
		b.first, b.last = o.at, o.at
	}
	b.first, b.last = min(b.first, o.at), max(b.last, o.at)
	s.count(b, values)
	if i == len(k.buckets)-1 || s.works(k, b.number, o.mark) {
		s.name(b, o)
	}
	hits := s.judge(o, k, i)
	if fresh {
		s.prune(k, o.mark)
	}
	for len(s.keys.rows) > s.def.limits.MaxKeys || s.held > s.def.limits.MaxHeld && s.keys.oldest != row {
		s.def.stats.Forgotten++
		s.release(&s.keys.oldest.value)
		s.keys.remove(s.keys.oldest)
	}
	return hits
}

// place finds or makes the bucket of a number, and returns its index.
func (s *usual) place(k *usualOfKey, number int64) (i int, fresh bool) {
	i, found := slices.BinarySearchFunc(k.buckets, number, func(b bucket, n int64) int { return cmp.Compare(b.number, n) })
	if found {
		return i, false
	}
	if i > 0 && i == len(k.buckets) {
		s.drop(&k.buckets[i-1])
	}
	k.buckets = slices.Insert(k.buckets, i, bucket{number: number})
	return i, true
}

// count counts an event, or the values that the bucket does not have yet.
func (s *usual) count(b *bucket, values []string) {
	if len(s.def.Fields) == 0 {
		b.count++
		return
	}
	for _, v := range values {
		h := hash(v)
		at, known := slices.BinarySearch(b.values, h)
		switch {
		case known:
		case len(b.values) >= s.def.limits.MaxEvents:
			s.def.stats.Dropped++
		default:
			b.values = slices.Insert(b.values, at, h)
			b.count++
		}
	}
}

// judge says whether a bucket is more than usual, once.
func (s *usual) judge(o *observation, k *usualOfKey, i int) []Hit {
	own, b := s.def.Own, &k.buckets[i]
	if b.fired || float64(b.count) <= own.Floor || !s.learn.over(own, k.since, o.at, o.mark) {
		return nil
	}
	mean, sd, over := s.reckon(k, i)
	limit := max(own.Floor, mean+own.Deviations*sd)
	if float64(b.count) <= limit {
		return nil
	}
	b.fired, b.limit = true, int64(math.Floor(2*limit))
	window := b.events
	if !slices.ContainsFunc(window, func(e entry) bool { return e.at == o.at && e.id == o.ref.ID }) {
		// The event that passed the limit is among those that are named.
		window = append(slices.Clone(window[:min(len(window), nightjar.MaxEvidence-1)]), o.entry())
		slices.SortStableFunc(window, func(x, y entry) int { return x.before(&y) })
	}
	h := o.together(window, map[string]string{
		"count": strconv.FormatInt(b.count, 10), "distinct": strconv.FormatInt(b.count, 10), "mean": tenth(mean), "sd": tenth(sd),
		"limit": tenth(limit), "bucket": clockTime(b.number * int64(own.Per)).Format("2006-01-02 15:04"), "per": own.Per.String(),
		"buckets": strconv.FormatInt(over, 10), "since": clockTime(k.since).Format(time.DateOnly),
	})
	h.Count, h.First, h.Last, h.Time = b.count, clockTime(b.first), clockTime(b.last), clockTime(b.last)
	return []Hit{h}
}

// tenth writes a number for people.
func tenth(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
