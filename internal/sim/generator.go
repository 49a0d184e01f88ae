package sim

import (
	"errors"
	"time"
)

// GeneratorConfig describes a generated tenant.
type GeneratorConfig struct {
	Seed         uint64 // 0 means 1
	TenantID     string // GUID; empty means one made of the seed
	Name         string // initial domain name; empty means contoso
	People       int    // 0 means 250
	EventsPerDay int    // of an average day, weekends included; 0 means 60 a person
}

// Generator writes the audit events of a made-up tenant. Event i is a function
// of the configuration and i alone, so nothing needs to be kept; events are in
// order of time. Methods may be called by any number of goroutines at once.
type Generator struct {
	cfg    GeneratorConfig
	cal    calendar
	people *population
	tenant string
	domain string
}

// NewGenerator returns a generator of the tenant that cfg describes.
func NewGenerator(cfg GeneratorConfig) (*Generator, error) {
	if cfg.Seed == 0 {
		cfg.Seed = 1
	}
	if cfg.TenantID == "" {
		cfg.TenantID = guidOf(cfg.Seed, "tenant 0")
	}
	if cfg.Name == "" {
		cfg.Name = "contoso"
	}
	if cfg.People == 0 {
		cfg.People = 250
	}
	if cfg.EventsPerDay == 0 {
		cfg.EventsPerDay = 60 * cfg.People
	}
	if cfg.People < 1 || cfg.EventsPerDay < 1 {
		return nil, errors.New("a generated tenant needs at least one person and one event a day")
	}
	// Fewer events than hours would leave hours without any, which the
	// calendar copes with; its resolution is one event a week.
	g := &Generator{cfg: cfg, cal: newCalendar(cfg.EventsPerDay), tenant: cfg.TenantID, domain: cfg.Name + ".onmicrosoft.com"}
	g.people = newPopulation(cfg.Seed, cfg.People, cfg.Name, g.domain)
	return g, nil
}

// TenantID returns the tenant's id.
func (g *Generator) TenantID() string { return g.tenant }

// Index returns the first event at t or later.
func (g *Generator) Index(t time.Time) uint64 { return g.cal.index(t) }

// Time returns when event i happens.
func (g *Generator) Time(i uint64) time.Time { return g.cal.time(i) }

// Feed returns the content type that delivers event i.
func (g *Generator) Feed(i uint64) string { return feedNames[feedAt(i)] }

// EventID returns the Id of event i.
func (g *Generator) EventID(i uint64) string { return string(g.appendID(nil, i)) }

// appendID writes event i's Id. The low word is a bijection of i, but for the
// version's bits in the high one: no two events share an Id.
func (g *Generator) appendID(dst []byte, i uint64) []byte {
	low := mix(i + g.cfg.Seed*0x9e3779b97f4a7c15)
	return appendGUID(dst, mix(low^g.cfg.Seed), low)
}

// AppendEvent writes the raw JSON of event i.
func (g *Generator) AppendEvent(dst []byte, i uint64) []byte {
	w := writer{b: dst, g: g, i: i, dice: dice{state: mix(g.cfg.Seed ^ i*0xd1342543de82ef95)}}
	w.at = g.cal.time(i)
	feed := feedAt(i)
	w.who = g.people.pick(&w.dice, w.at)
	if s, n, ok := g.storyAt(i, feed); ok {
		s.write(&w, n)
		return w.b
	}
	switch feed {
	case feedAAD:
		w.aad()
	case feedExchange:
		w.exchange()
	case feedSharePoint:
		w.sharePoint()
	case feedDLP:
		w.dlp()
	default:
		w.general()
	}
	return w.b
}

// Next returns an iterator-like cursor that starts with the first event at t.
func (g *Generator) Next(t time.Time) *Cursor { return &Cursor{g: g, i: g.Index(t)} }

// Cursor walks a generator's events in order of time. It is for one goroutine.
type Cursor struct {
	g   *Generator
	i   uint64
	buf []byte
}

// Next returns the next event; the slice is good until the following call.
func (c *Cursor) Next() (feed string, raw []byte) {
	c.buf = c.g.AppendEvent(c.buf[:0], c.i)
	feed = feedNames[feedAt(c.i)]
	c.i++
	return feed, c.buf
}
