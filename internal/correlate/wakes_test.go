package correlate

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// While a backlog holds time nothing that waits is decided. Keys that went
// because of a limit wait no more, and a key waits for one time only.
func TestKeysThatAreGoneWaitForNothing(t *testing.T) {
	t.Parallel()
	const file = "title: a\nname: a\nlogsource: {product: m365}\ndetection: {s: {Operation: a}, condition: s}\n" +
		"---\ntitle: b\nname: b\nlogsource: {product: m365}\ndetection: {s: {Operation: b}, condition: s}\n" +
		"---\ntitle: few\ncorrelation: {type: event_count, rules: [a], group-by: [UserId], timespan: 10m, condition: {lt: 3}}\n" +
		"---\ntitle: alone\ncorrelation: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m, condition: a and not b}\n"
	rules := sigma.Parse("c.yml", []byte(file), nil)
	rules.Resolve()
	catalogue, err := sigma.NewCatalogue()
	if err != nil || len(rules.Faults) > 0 {
		t.Fatal(err, rules.Faults)
	}
	c, err := New(Config{Correlations: rules.Correlations, Rules: rules.Rules, Source: catalogue.Everything(), MaxKeys: 100})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	begin := now.Add(-6 * 24 * time.Hour)
	c.Hold("t", begin, now)
	n := 0
	see := func(user string, at time.Time) int {
		event, err := sigma.Decode(fmt.Appendf(nil, `{"Operation":"a","UserId":%q}`, user))
		if err != nil {
			t.Fatal(err)
		}
		n++
		m := Match{Tenant: "t", Rule: rules.Rules[0], Event: event, Time: at}
		m.Ref.ID, m.Ref.Time = fmt.Sprint("e", n), at
		return len(c.Observe([]Match{m}))
	}
	for i := range 5000 {
		if see(fmt.Sprint("somebody", i), now.Add(-time.Duration(i)*time.Minute)) > 0 {
			t.Fatal("what waits was decided during a backlog")
		}
	}
	for i := range 5000 { // the newest first, so that each is due earlier
		see("anna", now.Add(-time.Duration(i)*time.Minute))
	}
	for i, st := range c.tenants["t"].states {
		w := waiting(st)
		if len(w.first) != 100 || len(w.list) > 400 {
			t.Errorf("%s: %d times stand there for %d keys, of which 100 are left", c.defs[i].Title, len(w.list), len(w.first))
		}
	}
	c.SetHold("t", now, now)
	found := map[string]int{}
	for _, h := range c.Advance("t", now.Add(time.Hour), time.Time{}) {
		found[h.Correlation.Title+" "+fmt.Sprint(h.Key[0] == "anna")]++
	}
	// Of the 99 who are left besides Anna each is found by either; she does it
	// alone, but often.
	if found["few false"] != 99 || found["alone false"] != 99 || found["few true"] != 0 || found["alone true"] == 0 {
		t.Errorf("found %v", found)
	}
}

func waiting(st state) *wakes {
	switch st := st.(type) {
	case *closing:
		return &st.store.wakes
	case *absence:
		return &st.store.wakes
	default:
		return &wakes{}
	}
}
