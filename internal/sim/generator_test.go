package sim

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func newTestGenerator(t *testing.T, seed uint64) *Generator {
	t.Helper()
	g, err := NewGenerator(GeneratorConfig{Seed: seed, EventsPerDay: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGeneratedEventsLookLikeATenants(t *testing.T) {
	t.Parallel()
	g := newTestGenerator(t, 1)
	own := []netip.Prefix{netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("2001:db8::/32")}
	ids, operations, users, feeds := map[string]bool{}, map[string]int{}, map[string]int{}, map[string]int{}
	var size, night, day int
	const total = 20_000
	first := g.Index(monday)
	last := time.Time{}
	for i := first; i < first+total; i++ {
		raw := g.AppendEvent(nil, i)
		var e struct {
			recordHead
			CreationTime string
			Operation    string
			UserID       string `json:"UserId"`
			ClientIP     string
			Actor        []struct{ ID string }
			Application  string `json:"ApplicationId"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatalf("event %d is not JSON: %v\n%s", i, err, raw)
		}
		at, err := time.Parse("2006-01-02T15:04:05", e.CreationTime)
		if err != nil || at.Before(last) {
			t.Fatalf("event %d is at %s after %s (%v)", i, e.CreationTime, last, err)
		}
		last = at
		if ids[e.ID] || e.ID != g.EventID(i) || !guidShape.MatchString(e.ID) {
			t.Fatalf("event %d has the id %s", i, e.ID)
		}
		if feedNames[feedOfRecord(e.Workload, e.RecordType)] != g.Feed(i) || e.Tenant != g.TenantID() {
			t.Fatalf("event %d of workload %s, type %d, is in %s", i, e.Workload, e.RecordType, g.Feed(i))
		}
		addr, err := netip.ParseAddr(e.ClientIP)
		of := slices.IndexFunc(services, func(s service) bool {
			return s.from == e.ClientIP && (s.microsoftApp[0] == e.Application || len(e.Actor) > 1 && slices.ContainsFunc(principals, func(p principal) bool { return p.id == e.Actor[1].ID && p.from == s.from }))
		})
		if err == nil && of < 0 && !addr.IsPrivate() && !own[0].Contains(addr) && !own[1].Contains(addr) {
			t.Fatalf("event %d comes from %s, which is somebody's", i, addr)
		}
		ids[e.ID] = true
		operations[e.Operation]++
		users[e.UserID]++
		feeds[g.Feed(i)]++
		size += len(raw)
		if h := at.Hour(); h >= 8 && h < 17 {
			day++
		} else if h < 5 {
			night++
		}
	}
	if mean := size / total; mean < 1500 || mean > 1900 {
		t.Errorf("an event has %d bytes on average, want about 1,700", mean)
	}
	if len(operations) < 55 || len(feeds) != feedCount {
		t.Errorf("there are %d operations in %d feeds", len(operations), len(feeds))
	}
	if day < 5*night {
		t.Errorf("%d events by day and %d by night: nobody sleeps", day, night)
	}
	busiest := 0
	for _, n := range users {
		busiest = max(busiest, n)
	}
	if mean := total / len(users); busiest < 3*mean || len(users) < 200 {
		t.Errorf("the busiest of %d people has %d events where the mean is %d", len(users), busiest, mean)
	}
}

func TestGenerationIsDeterministicBySeed(t *testing.T) {
	t.Parallel()
	a, b, c := newTestGenerator(t, 7), newTestGenerator(t, 7), newTestGenerator(t, 8)
	cursor := a.Next(monday)
	for i := range uint64(2000) {
		i += a.Index(monday)
		feed, raw := cursor.Next()
		if !bytes.Equal(raw, b.AppendEvent(nil, i)) || feed != b.Feed(i) {
			t.Fatalf("event %d differs between equal seeds", i)
		}
		if bytes.Equal(raw, c.AppendEvent(nil, i)) || a.EventID(i) == c.EventID(i) {
			t.Fatalf("event %d is the same for different seeds", i)
		}
	}
}

func TestIndexesAndTimesAgree(t *testing.T) {
	t.Parallel()
	for _, perDay := range []int{1, 7, 100, 20_000, 5_000_000} {
		g, err := NewGenerator(GeneratorConfig{EventsPerDay: perDay, People: 3})
		if err != nil {
			t.Fatal(err)
		}
		for h := range 24 * 8 {
			at := monday.Add(time.Duration(h)*time.Hour + 17*time.Minute)
			i := g.Index(at)
			if g.Time(i).Before(at) || i > 0 && !g.Time(i-1).Before(at) {
				t.Fatalf("with %d a day, event %d of %s is at %s, the one before at %s", perDay, i, at, g.Time(i), g.Time(i-1))
			}
		}
		for i := range uint64(1000) {
			if f := feedAt(i); indexOf(f, rankOf(f, i)) != i {
				t.Fatalf("event %d is not found by its rank", i)
			}
		}
	}
}

func TestEachAttackIsInTheGroundTruth(t *testing.T) {
	t.Parallel()
	want := map[string]string{"password spray": "UserLog", "consent grant": "onsent", "inbox rule": "New-InboxRule", "mass download": "FileDownloaded"}
	// Attacks of small tenants have no room for all of their events.
	for perDay, least := range map[int]int{300: 8, 1200: 12, 20_000: 12} {
		g, err := NewGenerator(GeneratorConfig{Seed: 3, EventsPerDay: perDay})
		if err != nil {
			t.Fatal(err)
		}
		found := g.Stories(monday, monday.Add(week))
		if len(found) < least {
			t.Errorf("with %d a day, %d attacks in a week, want %d", perDay, len(found), least)
		}
		for _, s := range found {
			ids := map[string]bool{}
			for _, id := range s.EventID {
				ids[id] = true
			}
			for i := g.Index(s.From); i <= g.Index(s.To.Add(time.Second)); i++ {
				if raw := g.AppendEvent(nil, i); ids[g.EventID(i)] {
					delete(ids, g.EventID(i))
					if !bytes.Contains(raw, []byte(want[s.Kind])) {
						t.Errorf("with %d a day, %s holds %.200s", perDay, s.Kind, raw)
					}
				}
			}
			if len(ids) > 0 {
				t.Errorf("with %d a day, %s: %d events are not between %s and %s", perDay, s.Kind, len(ids), s.From, s.To)
			}
		}
	}
}

// The demo begins with three days, and whoever runs it on a Thursday wants to
// see attacks too.
func TestAnyThreeDaysHoldEachAttack(t *testing.T) {
	t.Parallel()
	g, err := NewGenerator(GeneratorConfig{Seed: 7, People: 150, EventsPerDay: 15_000})
	if err != nil {
		t.Fatal(err)
	}
	for h := range 7 * 24 {
		now := monday.Add(time.Duration(h) * time.Hour)
		lengths := map[string]int{}
		for _, s := range g.Stories(now.Add(-3*24*time.Hour), now) {
			if s.To.Before(now) {
				lengths[s.Kind] = len(s.EventID)
			}
		}
		for _, s := range stories {
			if lengths[s.kind] != int(s.length) {
				t.Errorf("on %s no %s has ended within three days", now.Format("Monday 15:04"), s.kind)
			}
		}
	}
}
