package correlate

import (
	"strconv"
	"strings"
	"time"
)

// maxCombined is how many combinations of values one event may have.
const maxCombined = 64

// terms says when a key shows a value that it never showed within the timespan.
//
// A value is forgotten when it was not seen for the timespan. A key that showed
// nothing at all for the timespan keeps what it had last, for four timespans:
// somebody back from holiday is not new to himself, and an account that slept
// is not learned anew.
type terms struct {
	def   *definition
	learn learning
	keys  *table[termsOfKey]
	sweep sweep
}

type termsOfKey struct {
	since, last int64
	oldest      int64 // at most when the value not seen for longest was seen; not in snapshots
	full        int64 // when values were last let go of because there were too many; 0 for never
	known       memory
}

func newTerms(d *definition) (state, error) {
	return &terms{def: d, learn: newLearning(), keys: newTable[termsOfKey]()}, nil
}

func (s *terms) observe(o *observation) []Hit {
	values := o.combined(s.def.Fields)
	if len(values) == 0 {
		return nil
	}
	s.learn.begin(o.born)
	k := &s.keys.get(o.key).value
	if k.known.memos == nil || s.asleep(k, o.mark) {
		*k = termsOfKey{since: o.at, last: o.at, oldest: o.at}
	}
	// What is still to come of a backlog may have been seen within the timespan of this.
	if now := min(o.at, o.mark); now-k.last <= s.def.span && now-k.oldest > s.def.span {
		k.known.forget(now - s.def.span)
		k.oldest = k.known.oldest()
	}
	k.since, k.last, k.oldest = min(k.since, o.at), max(k.last, o.at), min(k.oldest, o.at)
	var fresh []string
	for _, v := range values {
		if !k.known.see(v, o.at) {
			fresh = append(fresh, short(v))
		}
	}
	if len(k.known.memos) > s.def.limits.MaxTerms {
		// More than one go at a time: finding those not seen for longest takes a while.
		s.def.stats.Dropped += int64(k.known.trim(s.def.limits.MaxTerms - s.def.limits.MaxTerms/10))
		k.full = k.last
	}
	s.def.stats.Forgotten += limitTable(s.keys, s.def.limits.MaxKeys)
	// A key that showed more values than can be remembered would call those new
	// that were let go of.
	if overfull := k.full != 0 && k.last-k.full <= s.def.span; overfull || len(fresh) == 0 || !s.learn.over(s.def.Own, k.since, o.at, o.mark) {
		return nil
	}
	return []Hit{o.alone(map[string]string{
		"count": "1", "value": strings.Join(fresh, ", "), "values": strings.Join(fresh, ", "), "previous": k.known.texts(fresh...),
		"known": strconv.Itoa(len(k.known.memos)), "since": clockTime(k.since).Format(time.DateOnly),
	})}
}

// asleep reports whether a key was silent for so long that it is forgotten.
func (s *terms) asleep(k *termsOfKey, mark int64) bool { return mark-k.last > pauses*s.def.span }

func (s *terms) advance(int64) []Hit { return nil }
func (s *terms) due() int64          { return never }

func (s *terms) expire(mark int64) {
	if s.sweep.due(mark) {
		expireTable(s.keys, func(k *termsOfKey) bool { return s.asleep(k, mark) })
	}
}

func (s *terms) size() (keys, events int) { return len(s.keys.rows), 0 }

func (s *terms) encode(e *encoder) {
	e.int(s.learn.since)
	encodeTable(e, s.keys, func(k *termsOfKey) {
		e.int(k.since)
		e.int(k.last)
		e.int(k.full)
		k.known.encode(e)
	})
}

func (s *terms) decode(d *decoder) {
	s.learn.since = d.int()
	decodeTable(d, s.keys, func(k *termsOfKey) {
		k.since, k.last, k.full = d.int(), d.int(), d.int()
		if k.known.decode(d); len(k.known.memos) == 0 {
			d.fail("a key has no values")
		}
		k.oldest = k.known.oldest()
	})
}
