package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// blobKind says what a blob is, and is part of its content id.
type blobKind int

const (
	blobNormal   blobKind = iota
	blobAgain             // a normal blob's events again, under a new id
	blobHuge              // generated events, as many as the scenario wants
	blobPoison            // not JSON
	blobHTML              // a web page
	blobBomb              // inflates
	blobWrong             // a record of another tenant
	blobForeign           // its contentUri names a foreign host
	blobKindEnds          // not a kind
)

var blobKinds = [...]string{"normal", "redelivered", "huge", "poison", "html", "bomb", "wrong tenant", "foreign host"}

// decoy says whether blobs of the kind hold no event of the tenant.
func (k blobKind) decoy() bool { return k >= blobPoison }

// blob is one item of the listing.
type blob struct {
	packet
	feed    int
	kind    blobKind
	id      string
	visible time.Time // from when on the listing shows it
	expires time.Time
	// withheld says why its content can never be had; empty when it can.
	withheld string
	growing  bool
}

const (
	withheldExpired = "expired"
	withheldMissing = "missing"
)

// retention is how long content can be had, from its creation.
const retention = 7 * 24 * time.Hour

// schedule is a tenant's content: its packets with the scenario's disorder
// applied. It is a pure function of the configuration, so that any blob can be
// found by its id without being remembered.
type schedule struct {
	seed     uint64
	scenario Scenario
	source   source
	huge     *generatedSource // nil when the scenario has no huge blobs
	extras   [feedCount][]blob
	origin   time.Time
	region   string
}

func newSchedule(seed uint64, sc Scenario, src source, huge *generatedSource, origin time.Time, backlog time.Duration) *schedule {
	s := &schedule{seed: seed, scenario: sc, source: src, huge: huge, origin: origin, region: "na0022"}
	d := dice{state: mix(seed ^ 0x5eed)}
	n := int64(0)
	add := func(kind blobKind, many int) {
		for range many {
			// DLP.All is left out: scenarios like to withhold it whole.
			feed := d.below(feedDLP)
			back := time.Duration(share(d.next()) * 0.9 * float64(backlog))
			p := packet{n: n, created: origin.Add(-back - time.Minute).Truncate(time.Millisecond)}
			if kind == blobHuge {
				p.first = rankOf(feed, huge.g.Index(p.created.Add(-time.Hour))) + uint64(n)<<32
				p.count = int(sc.HugeBytes / huge.meanSize(feed, p.first))
			}
			s.extras[feed] = append(s.extras[feed], s.shape(feed, kind, p))
			n++
		}
	}
	add(blobHuge, sc.Huge)
	add(blobPoison, sc.Poison)
	add(blobHTML, sc.HTML)
	add(blobBomb, sc.Bombs)
	add(blobWrong, sc.WrongTenant)
	add(blobForeign, sc.ForeignContent)
	return s
}

// chance draws whether a thing is spoilt in a way.
func (s *schedule) chance(p float64, way string, feed int, n int64) bool {
	return p > 0 && share(hashText(s.seed, way, feedNames[feed], strconv.FormatInt(n, 10))) < p
}

// shape makes a packet a blob: its id, times and fate.
func (s *schedule) shape(feed int, kind blobKind, p packet) blob {
	b := blob{packet: p, feed: feed, kind: kind, visible: p.created}
	sc := &s.scenario
	if kind == blobAgain {
		b.created = p.created.Add(sc.Redeliver.Delay)
		b.visible = b.created
	}
	if minute := b.created.Truncate(time.Minute); kind == blobNormal && s.chance(sc.SameMillisecond, "same ms", feed, minute.Unix()) {
		b.created = minute // it shows up when it is made, so this is also a late blob by under a minute
	}
	if kind == blobNormal && s.chance(sc.Late.Share, "late", feed, p.n) {
		b.visible = p.created.Add(sc.Late.Delay)
	}
	b.expires = b.created.Add(retention)
	if kind == blobNormal {
		switch {
		case s.chance(sc.Expired, "expired", feed, p.n):
			b.withheld = withheldExpired
			if p.n%2 == 0 { // half of them say so
				b.expires = b.created.Add(time.Hour)
			}
		case s.chance(sc.Missing, "missing", feed, p.n):
			b.withheld = withheldMissing
		case s.chance(sc.ExpireEarly.Share, "expire early", feed, p.n):
			if early := s.origin.Add(sc.ExpireEarly.Delay); early.Before(b.expires) && early.After(b.visible) {
				b.expires = early.Truncate(time.Millisecond)
			}
		}
		b.growing = s.chance(sc.Growing.Share, "growing", feed, p.n)
	}
	b.id = s.contentID(feed, kind, b.created, p.n)
	return b
}

// contentID writes an id of the shape that the service uses: two stamps, the
// feed's queue, a scale unit. The second stamp holds the blob's kind and place.
func (s *schedule) contentID(feed int, kind blobKind, created time.Time, n int64) string {
	queue := strings.ReplaceAll(feedNames[feed], ".", "_")
	return fmt.Sprintf("%s$%02d%021d$%s$%s$%s", stamp(created), kind, n, strings.ToLower(queue), queue, s.region)
}

// stamp writes a time in the 23 digits of a content id or page token.
func stamp(t time.Time) string {
	t = t.UTC()
	return t.Format("20060102150405") + fmt.Sprintf("%03d", t.Nanosecond()/1e6) + "000000"
}

// list returns the blobs of a feed created in [from, to) that the listing
// shows at a time, oldest first.
func (s *schedule) list(feed int, from, to, at time.Time) []blob {
	var all []blob
	take := func(b blob) {
		if b.created.Before(from) || !b.created.Before(to) || b.visible.After(at) {
			return
		}
		if !b.expires.After(at) && b.withheld != withheldExpired {
			return
		}
		all = append(all, b)
	}
	// A packet's blob may carry a creation up to a minute earlier than the packet's.
	for p := range s.source.packets(feed, from, to.Add(time.Minute)) {
		take(s.shape(feed, blobNormal, p))
	}
	if s.scenario.Redeliver.Share > 0 {
		for p := range s.source.packets(feed, from.Add(-s.scenario.Redeliver.Delay), to.Add(-s.scenario.Redeliver.Delay)) {
			if s.redelivers(feed, p) {
				take(s.shape(feed, blobAgain, p))
			}
		}
	}
	for _, b := range s.extras[feed] {
		take(b)
	}
	slices.SortFunc(all, func(a, b blob) int {
		if c := a.created.Compare(b.created); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return all
}

// redelivers says whether a packet comes again; what is withheld does not.
func (s *schedule) redelivers(feed int, p packet) bool {
	return s.chance(s.scenario.Redeliver.Share, "again", feed, p.n) && s.shape(feed, blobNormal, p).withheld == ""
}

// find returns the blob that a content id names.
func (s *schedule) find(id string) (blob, bool) {
	parts := strings.Split(id, "$")
	if len(parts) != 5 || len(parts[1]) != 23 {
		return blob{}, false
	}
	feed, ok := feedNamed(strings.Replace(parts[3], "_", ".", 1))
	if !ok {
		return blob{}, false
	}
	kind, err1 := strconv.Atoi(parts[1][:2])
	n, err2 := strconv.ParseInt(parts[1][2:], 10, 64)
	if err1 != nil || err2 != nil || n < 0 || n > 1<<40 || kind < 0 || kind >= int(blobKindEnds) {
		return blob{}, false
	}
	var b blob
	if k := blobKind(kind); k == blobNormal || k == blobAgain {
		p, found := s.source.packet(feed, n)
		if !found || k == blobAgain && !s.redelivers(feed, p) {
			return blob{}, false
		}
		b = s.shape(feed, k, p)
	} else {
		i := slices.IndexFunc(s.extras[feed], func(b blob) bool { return b.kind == k && b.n == n })
		if i < 0 {
			return blob{}, false
		}
		b = s.extras[feed][i]
	}
	return b, b.id == id
}

// served returns how many of a blob's events it holds at a time: a growing
// blob is not whole while it is young.
func (s *schedule) served(b blob, at time.Time) int {
	if b.growing && at.Before(b.visible.Add(s.scenario.Growing.Delay)) {
		return (b.count + 1) / 2
	}
	return b.count
}

// events returns the source of a blob's events; nil for decoys.
func (s *schedule) events(b blob) source {
	switch {
	case b.kind.decoy():
		return nil
	case b.kind == blobHuge:
		return s.huge
	}
	return s.source
}
