package sim

import (
	"iter"
	"sort"
	"time"
)

// A packet is a run of a feed's events that becomes available as one blob.
type packet struct {
	n       int64 // place in the feed, from 0
	created time.Time
	first   uint64 // first event's place in the feed
	count   int
}

// source is what a tenant's events come from: files, or a generator. Events
// of a feed are numbered from 0 and can be had in any order, any number of
// times, by any number of goroutines.
type source interface {
	// packets yields the packets of a feed created in [from, to), by time.
	packets(feed int, from, to time.Time) iter.Seq[packet]
	// packet returns one packet.
	packet(feed int, n int64) (packet, bool)
	// appendEvent writes an event's raw JSON.
	appendEvent(dst []byte, feed int, k uint64) []byte
	// eventID returns an event's Id, or "" when the record has none.
	eventID(feed int, k uint64) string
}

// fileSource serves records as they were read, byte for byte.
type fileSource struct {
	events [feedCount][]record
	blobs  [feedCount][]packet
}

type record struct {
	raw []byte
	id  string
}

// newFileSource deals records into feeds and packs them into blobs of varied
// size whose creation is spread over [from, to).
func newFileSource(raw [][]byte, seed uint64, perBlob int, from, to time.Time) *fileSource {
	s := &fileSource{}
	for _, line := range raw {
		head := readHead(line)
		f := feedOfRecord(head.Workload, head.RecordType)
		s.events[f] = append(s.events[f], record{raw: line, id: head.ID})
	}
	for f := range s.events {
		d := dice{state: mix(seed + uint64(f))}
		total := len(s.events[f])
		for first := 0; first < total; {
			count := min(1+d.below(perBlob), total-first)
			s.blobs[f] = append(s.blobs[f], packet{n: int64(len(s.blobs[f])), first: uint64(first), count: count})
			first += count
		}
		step := to.Sub(from) / time.Duration(max(len(s.blobs[f]), 1))
		for i := range s.blobs[f] {
			at := from.Add(time.Duration(i)*step + time.Duration(d.below(1000))*step/1000)
			s.blobs[f][i].created = at.Truncate(time.Millisecond)
		}
	}
	return s
}

func (s *fileSource) packets(feed int, from, to time.Time) iter.Seq[packet] {
	return func(yield func(packet) bool) {
		all := s.blobs[feed]
		i := sort.Search(len(all), func(i int) bool { return !all[i].created.Before(from) })
		for ; i < len(all) && all[i].created.Before(to); i++ {
			if !yield(all[i]) {
				return
			}
		}
	}
}

func (s *fileSource) packet(feed int, n int64) (packet, bool) {
	if n < 0 || n >= int64(len(s.blobs[feed])) {
		return packet{}, false
	}
	return s.blobs[feed][n], true
}

func (s *fileSource) appendEvent(dst []byte, feed int, k uint64) []byte {
	return append(dst, s.events[feed][k].raw...)
}

func (s *fileSource) eventID(feed int, k uint64) string { return s.events[feed][k].id }
