package sim

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Report is ground truth: what there was to be had, what was served of it, and
// what the client did wrong.
type Report struct {
	Scenario   string           `json:"scenario"`
	Seed       uint64           `json:"seed"`
	Began      time.Time        `json:"began"`
	Now        time.Time        `json:"now"`
	Tenants    []TenantReport   `json:"tenants"`
	Requests   map[string]int64 `json:"requests"`
	Faults     map[string]int64 `json:"faults"`
	APIErrors  map[string]int64 `json:"api_errors"`
	SignIn     map[int]int64    `json:"sign_in_errors"`
	Violations []Violation      `json:"violations"`
}

// TenantReport is the truth of one tenant.
type TenantReport struct {
	Tenant    string       `json:"tenant"`
	Name      string       `json:"name"`
	Throttled int64        `json:"throttled"`
	Feeds     []FeedReport `json:"feeds"`
	Stories   []Story      `json:"stories,omitempty"`
	// Forbidden are Ids of records that must never be stored as this tenant's.
	Forbidden []string `json:"forbidden_ids,omitempty"`
}

// FeedReport is the truth of one feed until now. Events are counted by their
// place in the feed, so one that is in two blobs counts once; file events
// without an Id or with another's count too.
type FeedReport struct {
	Feed   string `json:"feed"`
	Blobs  int64  `json:"blobs"`  // listed or still to be listed, decoys left out
	Events int64  `json:"events"` // in all of them
	// Expected is how many events a client that did all it could must hold now.
	Expected   int64 `json:"expected"`
	Never      int64 `json:"never"`      // events served never
	Once       int64 `json:"once"`       // events served once
	Repeatedly int64 `json:"repeatedly"` // events served more often
	// Withheld lists blobs whose content could not be had, Unserved those that
	// could be had and were not served whole, Decoys those that hold nothing.
	Withheld []BlobTruth `json:"withheld"`
	Unserved []BlobTruth `json:"unserved"`
	Decoys   []BlobTruth `json:"decoys"`
	Omitted  int         `json:"omitted,omitempty"` // list entries left out above the bound of ReportBound
}

// BlobTruth is one blob in a report.
type BlobTruth struct {
	ContentID string    `json:"content_id"`
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`
	Reason    string    `json:"reason"`
	Events    int       `json:"events"`
	EventIDs  []string  `json:"event_ids,omitempty"` // of withheld and unserved blobs
	Listed    int       `json:"listed"`
	Whole     int       `json:"whole"`
	Part      int       `json:"part"`
}

// ReportBound is how many blobs each list of a feed's report names at most.
const ReportBound = 2000

// Report tells the truth until now. Withheld, with an event list, are blobs
// that no client could have; a blob that expired before a slow client came for
// it is Unserved, with the reason "expired unserved".
func (s *Server) Report() Report {
	now := s.clock.Now().UTC()
	r := Report{Scenario: s.scenario.Name, Seed: s.seed, Began: s.origin, Now: now, Violations: []Violation{}}
	s.truth.mu.Lock()
	r.Requests, r.Faults = maps.Clone(s.truth.requests), maps.Clone(s.truth.faults)
	r.APIErrors, r.SignIn = maps.Clone(s.truth.apiErrors), maps.Clone(s.truth.signIn)
	for _, v := range s.truth.violations {
		r.Violations = append(r.Violations, *v)
	}
	s.truth.mu.Unlock()
	slices.SortFunc(r.Violations, func(a, b Violation) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Tenant, b.Tenant)) })
	for _, id := range slices.Sorted(maps.Keys(s.tenants)) {
		t := s.tenants[id]
		tr := TenantReport{Tenant: id, Name: t.Name}
		s.truth.mu.Lock()
		tr.Throttled = s.truth.tenants[id].throttled
		s.truth.mu.Unlock()
		for f := range feedCount {
			tr.Feeds = append(tr.Feeds, s.reportFeed(t, f, now))
			for _, b := range t.schedule.extras[f] {
				if b.kind.decoy() {
					tr.Forbidden = append(tr.Forbidden, t.decoyID(b))
				}
			}
		}
		if t.generator != nil {
			tr.Stories = t.generator.Stories(s.origin.Add(-t.Backlog), now)
		}
		r.Tenants = append(r.Tenants, tr)
	}
	return r
}

// delivery is a packet with every blob that carries it.
type delivery struct {
	packet
	feed     int
	source   source
	blob     blob
	withheld string // why no client could have it; empty when one could
	count    blobCount
	again    int32 // times served whole under another id
	ready    int   // how many of its events the blob holds by now
}

// deliveries yields every packet of a feed that exists until now.
func (s *Server) deliveries(t *tenant, feed int, now time.Time, yield func(delivery) bool) {
	one := func(b blob) bool {
		d := delivery{packet: b.packet, feed: feed, source: t.schedule.events(b), blob: b, withheld: b.withheld, ready: t.schedule.served(b, now)}
		d.count = s.truth.seen(t.ID, feed, b.kind, b.n)
		if t.schedule.scenario.Redeliver.Share > 0 && b.kind == blobNormal && t.schedule.redelivers(feed, b.packet) {
			d.again = s.truth.seen(t.ID, feed, blobAgain, b.n).whole
		}
		t.mu.Lock()
		sub := t.subs[feed]
		if d.withheld == "" && !sub.serves(b.created) {
			d.withheld = "subscription stopped"
		}
		if d.withheld == "" && t.disabled[feed] {
			d.withheld = "subscription disabled"
		}
		t.mu.Unlock()
		if d.withheld == "" && s.denied(t, feed, now) {
			d.withheld = "unauthorised"
		}
		return yield(d)
	}
	from := s.origin.Add(-t.Backlog - time.Hour)
	for p := range t.schedule.source.packets(feed, from, now.Add(time.Minute)) {
		if b := t.schedule.shape(feed, blobNormal, p); !b.visible.After(now) && !one(b) {
			return
		}
	}
	for _, b := range t.schedule.extras[feed] {
		if !b.kind.decoy() && !one(b) {
			return
		}
	}
}

// denied says whether no token of the tenant can read a feed.
func (s *Server) denied(t *tenant, feed int, now time.Time) bool {
	c := call{claims: accessClaims{Roles: t.Roles}}
	return t.AuditDisabled || t.NoConsent || t.AppDisabled || t.WrongCloud || !s.mayRead(&c, feed) && s.shut(feed, now) || !c.claims.grants(roleFor(feed))
}

func roleFor(feed int) string {
	if feed == feedDLP {
		return roleReadDLP
	}
	return roleRead
}

func (s *Server) reportFeed(t *tenant, feed int, now time.Time) FeedReport {
	r := FeedReport{Feed: feedNames[feed], Withheld: []BlobTruth{}, Unserved: []BlobTruth{}, Decoys: []BlobTruth{}}
	note := func(list *[]BlobTruth, b blob, c blobCount, reason string, src source) {
		if len(*list) >= ReportBound {
			r.Omitted++
			return
		}
		bt := BlobTruth{ContentID: b.id, Created: b.created.UTC(), Expires: b.expires.UTC(), Reason: reason, Events: b.count, Listed: int(c.listed), Whole: int(c.whole), Part: int(c.part)}
		if src != nil && b.kind != blobHuge {
			for j := range b.count {
				bt.EventIDs = append(bt.EventIDs, src.eventID(feed, b.first+uint64(j)))
			}
		}
		*list = append(*list, bt)
	}
	s.deliveries(t, feed, now, func(d delivery) bool {
		n := int64(d.packet.count)
		r.Blobs++
		r.Events += n
		whole := int64(d.count.whole + d.again)
		head := int64(d.packet.count+1) / 2 // what a part held
		for _, piece := range []struct{ events, times int64 }{{head, whole + int64(d.count.part)}, {n - head, whole}} {
			switch piece.times {
			case 0:
				r.Never += piece.events
			case 1:
				r.Once += piece.events
			default:
				r.Repeatedly += piece.events
			}
		}
		switch {
		case whole > 0:
			r.Expected += n
		case d.withheld != "":
			note(&r.Withheld, d.blob, d.count, d.withheld, d.source)
		case !d.blob.expires.After(now):
			note(&r.Unserved, d.blob, d.count, "expired unserved", d.source)
		default:
			r.Expected += int64(d.ready)
			if d.ready == d.packet.count || d.count.part == 0 {
				note(&r.Unserved, d.blob, d.count, "not fetched", d.source)
			}
		}
		return true
	})
	for _, b := range t.schedule.extras[feed] {
		if b.kind.decoy() {
			note(&r.Decoys, b, s.truth.seen(t.ID, feed, b.kind, b.n), blobKinds[b.kind], nil)
		}
	}
	return r
}

// Complete says whether every event that could be had was served.
func (r Report) Complete() bool {
	for _, t := range r.Tenants {
		for _, f := range t.Feeds {
			if len(f.Unserved) > 0 {
				return false
			}
		}
	}
	return true
}

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	p := &printer{w: w}
	p.line("Scenario %s, seed %d, %s to %s", cmp.Or(r.Scenario, "calm"), r.Seed, r.Began.Format(time.RFC3339), r.Now.Format(time.RFC3339))
	for _, t := range r.Tenants {
		p.line("Tenant %s (%s), throttled %d times", t.Tenant, t.Name, t.Throttled)
		p.line("  %-28s %9s %11s %11s %11s %11s %11s", "feed", "blobs", "events", "expected", "never", "once", "repeatedly")
		for _, f := range t.Feeds {
			p.line("  %-28s %9d %11d %11d %11d %11d %11d", f.Feed, f.Blobs, f.Events, f.Expected, f.Never, f.Once, f.Repeatedly)
		}
		for _, f := range t.Feeds {
			for _, list := range [][]BlobTruth{f.Withheld, f.Unserved} {
				for reason, n := range reasons(list) {
					p.line("  %s: %d blobs with %d events: %s", f.Feed, n[0], n[1], reason)
				}
			}
		}
		for _, s := range t.Stories {
			p.line("  attack: %s", s)
		}
	}
	p.counts("requests", r.Requests)
	p.counts("faults", r.Faults)
	p.counts("errors", r.APIErrors)
	for _, v := range r.Violations {
		p.line("violation: %s, %d times (%s %s)", v.Kind, v.Count, v.Tenant, v.First)
	}
	return p.err
}

// reasons adds up blobs and events by reason.
func reasons(list []BlobTruth) map[string][2]int {
	m := map[string][2]int{}
	for _, b := range list {
		n := m[b.Reason]
		m[b.Reason] = [2]int{n[0] + 1, n[1] + b.Events}
	}
	return m
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) counts(what string, m map[string]int64) {
	if len(m) == 0 {
		return
	}
	var text strings.Builder
	text.WriteString(what + ":")
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&text, " %s %d,", k, m[k])
	}
	p.line("%s", strings.TrimSuffix(text.String(), ","))
}
