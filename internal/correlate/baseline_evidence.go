package correlate

import (
	"cmp"
	"slices"

	"github.com/nightjar-sec/nightjar"
)

// maxWork is how many earlier buckets of a key hold events in a backlog, whose
// events come out of order by some hours.
const maxWork = 3

// works says that an event came to an earlier bucket, and reports whether its
// events are held: while a backlog holds time, and within half of the limit, so
// that no key goes because of them.
func (s *usual) works(k *usualOfKey, number, mark int64) bool {
	if k.last <= mark || s.held > s.def.limits.MaxHeld/2 {
		return false
	}
	if i := slices.Index(k.work, number); i >= 0 {
		k.work = slices.Delete(k.work, i, i+1)
	}
	k.work = append(k.work, number)
	if len(k.work) > maxWork {
		s.drop(k.bucket(k.work[0]))
		k.work = slices.Delete(k.work, 0, 1)
	}
	return true
}

// name holds the event at hand, so that a hit may name it.
func (s *usual) name(b *bucket, o *observation) {
	if len(b.events) >= nightjar.MaxEvidence {
		return
	}
	e := o.entry()
	at, _ := slices.BinarySearchFunc(b.events, e, func(x, y entry) int { return x.before(&y) })
	b.events = slices.Insert(b.events, at, e)
	s.held++
}

// bucket finds the bucket of a number; nil when it is gone.
func (k *usualOfKey) bucket(number int64) *bucket {
	i, found := slices.BinarySearchFunc(k.buckets, number, func(b bucket, n int64) int { return cmp.Compare(b.number, n) })
	if !found {
		return nil
	}
	return &k.buckets[i]
}

// drop lets go of the events of a bucket.
func (s *usual) drop(b *bucket) {
	if b != nil {
		s.held -= len(b.events)
		b.events = nil
	}
}

// rest lets go of the events of earlier buckets.
func (s *usual) rest(k *usualOfKey) {
	for _, number := range k.work {
		s.drop(k.bucket(number))
	}
	k.work = nil
}

// release lets go of the events of a key.
func (s *usual) release(k *usualOfKey) {
	s.rest(k)
	if n := len(k.buckets); n > 0 {
		s.drop(&k.buckets[n-1])
	}
}
