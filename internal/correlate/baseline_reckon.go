package correlate

import (
	"math"
	"slices"
	"time"
)

// pause is the longest time without anything that counts: four days, a weekend
// and two days of holiday. Of a longer one four days count, so that somebody
// back from three weeks of holiday is compared with how he was before.
const pause = int64(4 * 24 * time.Hour)

// steps is how many buckets one that happened lies before another, long pauses cut.
func (s *usual) steps(earlier, later int64) int64 {
	return min(later-earlier, max(pause/int64(s.def.Own.Per), 1)+1)
}

// reckon returns mean and standard deviation of the buckets before the one at
// an index, as many as there are days, and how many those are.
func (s *usual) reckon(k *usualOfKey, i int) (mean, sd float64, over int64) {
	most := s.span()
	var sum float64
	from := i
	for j, next := i-1, k.buckets[i].number; j >= 0; j-- {
		over += s.steps(k.buckets[j].number, next)
		next = k.buckets[j].number
		if over > most {
			over = most
			break
		}
		sum += k.buckets[j].usual()
		from = j
	}
	if over == 0 {
		return 0, 0, 0
	}
	mean = sum / float64(over)
	square := float64(over-int64(i-from)) * mean * mean // of those in which nothing happened
	for j := from; j < i; j++ {
		off := k.buckets[j].usual() - mean
		square += off * off
	}
	return mean, math.Sqrt(square / float64(over)), over
}

// span is how many buckets there are in the days.
func (s *usual) span() int64 { return s.def.span / int64(s.def.Own.Per) }

// usual is what a bucket counts as for others.
func (b *bucket) usual() float64 {
	if b.fired {
		return float64(min(b.count, b.limit))
	}
	return float64(b.count)
}

// prune lets go of the buckets that none that is open is compared with, and
// closes those that no event can come to any more.
func (s *usual) prune(k *usualOfKey, mark int64) {
	open := s.close(k, mark)
	last := len(k.buckets) - 1
	most := s.span() + max(k.buckets[last].number-open, 0) + 1
	var back int64
	for i := last - 1; i >= 0; i-- {
		if back += s.steps(k.buckets[i].number, k.buckets[i+1].number); back > most {
			for j := range i {
				s.drop(&k.buckets[j])
			}
			k.buckets = slices.Delete(k.buckets, 0, i)
			return
		}
	}
}

// close lets go of what tells events apart in buckets that no event can come
// to any more, and returns the first bucket that is open.
func (s *usual) close(k *usualOfKey, mark int64) (open int64) {
	open = s.def.number(mark - s.def.lateness)
	for i := range k.buckets {
		if k.buckets[i].number < open {
			k.buckets[i].values = nil
		}
	}
	if k.last <= mark { // the next event finds that too
		s.rest(k)
	}
	if k.buckets[len(k.buckets)-1].number < open {
		s.release(k)
	}
	return open
}

// asleep reports whether a key was silent for so long that it is forgotten.
func (s *usual) asleep(k *usualOfKey, mark int64) bool { return mark-k.last > pauses*s.def.span }

func (s *usual) advance(int64) []Hit { return nil }
func (s *usual) due() int64          { return never }

func (s *usual) expire(mark int64) {
	if !s.sweep.due(mark) {
		return
	}
	expireTable(s.keys, func(k *usualOfKey) bool {
		s.close(k, mark)
		return s.asleep(k, mark)
	})
}

func (s *usual) size() (keys, events int) { return len(s.keys.rows), s.held }
