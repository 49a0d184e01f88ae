package correlate

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// entry is one event that is remembered.
type entry struct {
	at     int64
	id     string
	op     string
	table  nightjar.Table
	rules  uint64    // which of the correlation's rules it matches
	values []string  // of value_count: its values, folded, one a combination
	nums   []float64 // of value_sum and its like

	kept    *kept // of what is decided later: the record, where a hit may name it
	decided bool  // of absence: nothing waits for it
}

func (e *entry) ref() nightjar.EventRef {
	return nightjar.EventRef{ID: e.id, Table: e.table, Time: clockTime(e.at), Operation: e.op}
}

func clockTime(at int64) time.Time { return time.Unix(0, at).UTC() }

// before orders entries by time, and those of one time by id, so that the
// order of arrival leaves no trace.
func (e *entry) before(other *entry) int {
	return cmp.Or(cmp.Compare(e.at, other.at), strings.Compare(e.id, other.id))
}

// span is a stretch of time, both ends included.
type span struct{ from, to int64 }

// series is what is remembered of one key.
type series struct {
	entries []entry // sorted
	covers  []span  // what findings have covered, sorted, apart
	// tally counts how often each value stands in the entries; nil when there
	// are too few entries for that to be worth it.
	tally map[string]int
}

// insert puts an entry in its place and returns its index. An event that is
// there already takes on the rules of the new one.
func (s *series) insert(e entry) int {
	i := len(s.entries)
	if i > 0 && s.entries[i-1].before(&e) >= 0 {
		i = sort.Search(i, func(k int) bool { return s.entries[k].before(&e) >= 0 })
		if s.entries[i].before(&e) == 0 {
			s.entries[i].rules |= e.rules
			return i
		}
	}
	s.entries = slices.Insert(s.entries, i, e)
	if s.tally != nil {
		for _, v := range e.values {
			s.tally[v]++
		}
	}
	return i
}

// manyEntries is from how many entries on values are tallied.
const manyEntries = 64

// fewer reports whether all entries together have fewer values than that.
func (s *series) fewer(need int) bool {
	if len(s.entries) < manyEntries {
		return false
	}
	if s.tally == nil {
		s.tally = map[string]int{}
		for i := range s.entries {
			for _, v := range s.entries[i].values {
				s.tally[v]++
			}
		}
	}
	return len(s.tally) < need
}

// from returns the index of the first entry that is not before a time.
func (s *series) from(at int64) int {
	n := len(s.entries)
	if n == 0 || s.entries[n-1].at < at {
		return n
	}
	return sort.Search(n, func(k int) bool { return s.entries[k].at >= at })
}

// between returns the entries of a stretch of time.
func (s *series) between(from, to int64) []entry { return s.entries[s.from(from):s.from(to+1)] }

// cut removes the entries of a stretch of time and returns how many there were.
func (s *series) cut(from, to int64) int {
	lo, hi := s.from(from), s.from(to+1)
	for i := lo; i < hi && s.tally != nil; i++ {
		for _, v := range s.entries[i].values {
			if s.tally[v]--; s.tally[v] == 0 {
				delete(s.tally, v)
			}
		}
	}
	if lo == 0 {
		clear(s.entries[:hi]) // what the texts hold can go
		s.entries = s.entries[hi:]
	} else {
		s.entries = slices.Delete(s.entries, lo, hi)
	}
	return hi - lo
}

func (s *series) covered(at int64) bool {
	i := sort.Search(len(s.covers), func(k int) bool { return s.covers[k].to >= at })
	return i < len(s.covers) && s.covers[i].from <= at
}

// cover says that a finding speaks of a stretch of time.
func (s *series) cover(c span) {
	i := sort.Search(len(s.covers), func(k int) bool { return s.covers[k].to >= c.from })
	k := i
	for ; k < len(s.covers) && s.covers[k].from <= c.to; k++ {
		c.from, c.to = min(c.from, s.covers[k].from), max(c.to, s.covers[k].to)
	}
	s.covers = slices.Replace(s.covers, i, k, c)
}

// uncover forgets what was covered before a time.
func (s *series) uncover(before int64) {
	i := sort.Search(len(s.covers), func(k int) bool { return s.covers[k].to >= before })
	s.covers = slices.Delete(s.covers, 0, i)
}

func (s *series) encode(e *encoder) {
	encodeList(e, s.entries, func(v entry) {
		e.int(v.at)
		e.text(v.id)
		e.text(v.op)
		e.text(string(v.table))
		e.uint(v.rules)
		e.texts(v.values)
		encodeList(e, v.nums, e.float)
		encodeKept(e, v.kept)
		e.flag(v.decided)
	})
	encodeList(e, s.covers, func(c span) { e.int(c.from); e.int(c.to) })
}

func (s *series) decode(d *decoder) {
	s.entries = decodeList(d, func() entry {
		return entry{
			at: d.int(), id: d.text(), op: d.text(), table: nightjar.Table(d.text()), rules: d.uint(), values: d.texts(), nums: decodeList(d, d.float),
			kept: decodeKept(d), decided: d.flag(),
		}
	})
	s.covers = decodeList(d, func() span { return span{d.int(), d.int()} })
	for i := range s.entries {
		if at := s.entries[i].at; at < 0 || at > maxTime {
			d.fail("an event is of no time that there is")
		}
		if i > 0 && s.entries[i-1].before(&s.entries[i]) >= 0 {
			d.fail("events are out of order")
		}
	}
	for i, c := range s.covers {
		if c.from > c.to || c.to > 2*maxTime || i > 0 && s.covers[i-1].to >= c.from {
			d.fail("covered times are out of order")
		}
	}
}
