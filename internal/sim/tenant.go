package sim

import (
	"crypto/rsa"
	"fmt"
	"sync"
	"time"
)

// tenant is a configured tenant at work.
type tenant struct {
	TenantConfig
	own       *application
	generator *Generator // nil when it serves files
	schedule  *schedule
	disabled  [feedCount]bool // by an administrator

	mu        sync.Mutex
	subs      [feedCount]subscription
	quota     bucket          // of the tenant's own publisher
	pool      bucket          // shared by callers that name no publisher
	asked     time.Time       // of the first request for it, by the sign-in's clock
	granted   *grant          // to the operator's application; nil before
	approvals map[string]bool // people who let it sign them in
	tries     map[string]int  // requests so far, by what they ask for
}

type federation struct {
	Federation
	key *rsa.PublicKey
}

// bucket is a quota: capacity and refill are the same number, a minute's requests.
type bucket struct {
	left float64
	last time.Time
}

// take uses one request, or says how long until there is one.
func (b *bucket) take(perMinute int, now time.Time) (time.Duration, bool) {
	if b.last.IsZero() {
		b.left, b.last = float64(perMinute), now
	}
	if d := now.Sub(b.last); d > 0 {
		b.left = min(float64(perMinute), b.left+d.Minutes()*float64(perMinute))
		b.last = now
	}
	if b.left < 1 {
		return time.Duration((1 - b.left) / float64(perMinute) * float64(time.Minute)), false
	}
	b.left--
	return 0, true
}

func newTenant(cfg TenantConfig, seed uint64, sc Scenario, origin time.Time) (*tenant, error) {
	own, err := newApplication(cfg.ClientID, "nightjar", cfg.Secrets, cfg.Certificates)
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", cfg.ID, err)
	}
	t := &tenant{TenantConfig: cfg, own: own, approvals: map[string]bool{}, tries: map[string]int{}}
	for _, f := range cfg.Federations {
		key, err := parsePublicKey(f.PublicKey)
		if err != nil {
			return nil, fmt.Errorf("tenant %s: %w", cfg.ID, err)
		}
		if f.Audience == "" {
			f.Audience = "api://AzureADTokenExchange"
		}
		own.federations = append(own.federations, federation{f, key})
	}
	seed = hashText(seed, cfg.ID)
	gen := GeneratorConfig{Seed: seed, TenantID: cfg.ID, Name: cfg.Name, People: cfg.People, EventsPerDay: cfg.EventsPerDay}
	var src source
	if cfg.Events != nil {
		src = newFileSource(cfg.Events, seed, cfg.EventsPerBlob, origin.Add(-cfg.Backlog), origin.Add(cfg.Ahead))
	} else {
		g, err := NewGenerator(gen)
		if err != nil {
			return nil, fmt.Errorf("tenant %s: %w", cfg.ID, err)
		}
		end := origin
		if cfg.Live {
			end = time.Time{}
		}
		t.generator = g
		src = newGeneratedSource(g, cfg.EventsPerBlob, origin.Add(-cfg.Backlog), end)
	}
	var huge *generatedSource
	if sc.Huge > 0 {
		gen.Seed = mix(seed) // a seed of its own, for Ids of its own
		g, err := NewGenerator(gen)
		if err != nil {
			return nil, fmt.Errorf("tenant %s: %w", cfg.ID, err)
		}
		huge = newGeneratedSource(g, cfg.EventsPerBlob, time.Time{}, time.Time{})
	}
	t.schedule = newSchedule(seed, sc, src, huge, origin, cfg.Backlog)
	for _, name := range sc.Disabled {
		f, _ := feedNamed(name) // validated with the scenario
		t.disabled[f] = true
	}
	if cfg.Subscribed {
		for f := range t.subs {
			t.subs[f] = subscription{state: subEnabled, since: origin.Add(-cfg.Backlog)}
		}
	}
	return t, nil
}

// try counts the requests for a thing, from 0.
func (t *tenant) try(thing string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.tries[thing]
	t.tries[thing] = n + 1
	return n
}
