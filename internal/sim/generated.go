package sim

import (
	"iter"
	"time"
)

// generatedSource packs a generator's events into blobs without keeping any
// of them: a feed's blob n is its events from bound(n) to bound(n+1).
type generatedSource struct {
	g     *Generator
	size  [feedCount]uint64
	begin time.Time // no blob is created before
	end   time.Time // nor at or after; zero means never ends
}

// settle is how long at most a blob waits for its publication after its last event.
const settle = 8 * time.Minute

func newGeneratedSource(g *Generator, perBlob int, begin, end time.Time) *generatedSource {
	s := &generatedSource{g: g, begin: begin, end: end}
	for f, n := range feedShares {
		// About five minutes of an average day in a blob, as far as a blob may be that large.
		fiveMinutes := uint64(g.cfg.EventsPerDay) * n / 100 / 288
		s.size[f] = min(max(fiveMinutes, 1), uint64(perBlob))
	}
	return s
}

// bound is the first event of a feed's blob n; sizes vary around their mean.
func (s *generatedSource) bound(feed int, n int64) uint64 {
	size := s.size[feed]
	return uint64(n)*size + mix(s.g.cfg.Seed^uint64(feed)<<60^uint64(n))%size
}

func (s *generatedSource) packet(feed int, n int64) (packet, bool) {
	if n < 0 {
		return packet{}, false
	}
	first, next := s.bound(feed, n), s.bound(feed, n+1)
	p := packet{n: n, first: first, count: int(next - first)}
	last := s.g.Time(indexOf(feed, max(next, first+1)-1))
	wait := time.Minute + time.Duration(mix(first^s.g.cfg.Seed)%uint64(settle-time.Minute))
	p.created = last.Add(wait).Truncate(time.Millisecond)
	if p.count == 0 || p.created.Before(s.begin) || !s.end.IsZero() && !p.created.Before(s.end) {
		return packet{}, false
	}
	return p, true
}

func (s *generatedSource) packets(feed int, from, to time.Time) iter.Seq[packet] {
	return func(yield func(packet) bool) {
		first := rankOf(feed, s.g.Index(from.Add(-2*settle)))
		n := int64(first/s.size[feed]) - 2
		stop := to.Add(2 * settle)
		for n = max(n, 0); ; n++ {
			if p, ok := s.packet(feed, n); ok && !p.created.Before(from) && p.created.Before(to) && !yield(p) {
				return
			}
			if !s.g.Time(indexOf(feed, s.bound(feed, n))).Before(stop) {
				return
			}
		}
	}
}

func (s *generatedSource) appendEvent(dst []byte, feed int, k uint64) []byte {
	return s.g.AppendEvent(dst, indexOf(feed, k))
}

func (s *generatedSource) eventID(feed int, k uint64) string { return s.g.EventID(indexOf(feed, k)) }

// meanSize is the mean size of a feed's events, by a sample from k on.
func (s *generatedSource) meanSize(feed int, k uint64) int64 {
	const sample = 500
	var buf []byte
	for j := range uint64(sample) {
		buf = append(s.appendEvent(buf, feed, k+j), ',')
	}
	return int64(len(buf) / sample)
}
