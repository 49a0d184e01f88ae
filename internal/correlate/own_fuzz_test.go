package correlate

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// ownDefinitions are correlations of the types of ours, made ready.
func ownDefinitions(t testing.TB, limits Config) (*Correlator, *sigma.Rule) {
	t.Helper()
	const file = "title: a\nname: a\nlogsource: {product: m365}\ndetection: {s: {Operation: a}, condition: s}\n" +
		"---\ntitle: n\ncorrelation: {type: new_terms, rules: [a], group-by: [UserId], timespan: 14d, condition: {field: nightjar.country}}\n" +
		"---\ntitle: m\ncorrelation: {type: baseline, rules: [a], group-by: [UserId], condition: {per: 1h, floor: 3, field: nightjar.client}}\n" +
		"---\ntitle: t\ncorrelation: {type: impossible_travel, rules: [a], group-by: [UserId], timespan: 1d}\n" +
		"---\ntitle: s\ncorrelation: {type: session_anomaly, rules: [a], group-by: [UserId], timespan: 8h, condition: {fields: [nightjar.asn, nightjar.client]}}\n"
	rules := sigma.Parse("c.yml", []byte(file), nil)
	rules.Resolve()
	catalogue, err := sigma.NewCatalogue()
	if err != nil || len(rules.Faults) > 0 {
		t.Fatal(err, rules.Faults)
	}
	limits.Correlations, limits.Rules, limits.Source = rules.Correlations, rules.Rules, catalogue.Everything()
	c, err := New(limits)
	if err != nil {
		t.Fatal(err)
	}
	return c, rules.Rules[0]
}

// roam makes the n-th event of somebody who is everywhere.
func roam(t testing.TB, rule *sigma.Rule, n int, user string) Match {
	t.Helper()
	countries := []string{"DE", "US", "AU", "BR"}
	raw := fmt.Sprintf(`{"UserId":%q,"nightjar":{"user":%q,"country":%q,"client_ip":"198.51.100.%d","asn":%d,"client":"c%d","device":"d%d","network":%q}}`,
		user, user, countries[n%4], n%50, n%60, n%9, n%7, []string{"user", "user", "tor", "private"}[n%11%4])
	event, err := sigma.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * 41 * time.Minute)
	m := Match{Tenant: "t", Rule: rule, Event: event, Time: at}
	m.Ref.ID, m.Ref.Time = fmt.Sprint("e", n), at
	return m
}

// FuzzOwnStates holds that no bytes make a state fall over: they are refused,
// or read as a state that is written alike, and goes on.
func FuzzOwnStates(f *testing.F) {
	c, rule := ownDefinitions(f, Config{})
	for n := range 60 {
		c.Observe([]Match{roam(f, rule, n, fmt.Sprint("u", n%3))})
	}
	for i, st := range c.tenants["t"].states {
		var e encoder
		st.encode(&e)
		f.Add(uint8(i), e.buf)
		f.Add(uint8(i), e.buf[:len(e.buf)/2])
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		c.tenants = map[nightjar.TenantID]*tenant{}
		i := int(which) % len(c.defs)
		read := func(data []byte) (state, error) {
			st, err := c.defs[i].make(c.defs[i])
			if err != nil {
				t.Fatal(err)
			}
			d := &decoder{buf: data}
			st.decode(d)
			return st, d.err
		}
		st, err := read(data)
		if err != nil {
			return
		}
		var first, second encoder
		st.encode(&first)
		again, err := read(first.buf)
		if err != nil {
			t.Fatalf("what was read is written so that it cannot be read: %v", err)
		}
		if again.encode(&second); !bytes.Equal(first.buf, second.buf) {
			t.Fatal("what was read is written in two ways")
		}
		c.tenant("t").states[i] = st
		for n := range 4 {
			c.Observe([]Match{roam(t, rule, n, "u1")})
		}
		st.expire(never)
	})
}

func TestStatesOfOursStayWithinTheirLimits(t *testing.T) {
	t.Parallel()
	c, rule := ownDefinitions(t, Config{MaxKeys: 10, MaxHeld: 200, MaxEvents: 5})
	for n := range 6000 {
		c.Observe([]Match{roam(t, rule, n, fmt.Sprint("u", n%97))})
		if n%500 == 0 {
			if s := c.Stats(); s.Keys > 4*10 || s.Held > 4*200 {
				t.Fatalf("after %d events: %+v", n, s)
			}
		}
	}
	if s := c.Stats(); s.Forgotten == 0 {
		t.Errorf("what was let go of was not said: %+v", s)
	}
	c, rule = ownDefinitions(t, Config{})
	for n := range 20000 {
		c.Observe([]Match{roam(t, rule, n, "one")})
	}
	var e encoder
	for _, st := range c.tenants["t"].states {
		st.encode(&e)
	}
	if len(e.buf) > 40_000 {
		t.Errorf("one busy user takes %d bytes", len(e.buf))
	}
}
