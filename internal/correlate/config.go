package correlate

import (
	"cmp"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Config is what a Correlator is made of.
type Config struct {
	// Correlations are evaluated, in this order where one does not rest on
	// another.
	Correlations []*sigma.Correlation
	// Rules are those that the correlations name, and may be more.
	Rules []*sigma.Rule
	// Source says where events keep the fields that correlations name.
	Source *sigma.Source
	// Lateness is how much older than the newest event of its tenant an event
	// may be and still count as if it had come in time; 0 means 24 h.
	Lateness time.Duration
	// MaxKeys is how many combinations of group-by values a correlation
	// remembers of a tenant; the one not seen for longest goes. 0 means 100,000.
	MaxKeys int
	// MaxEvents is how many events it remembers of one of them; the oldest
	// goes. 0 means 10,000, and it is never less than a condition asks for.
	MaxEvents int
	// MaxHeld is how many events it remembers of a tenant; the key not seen
	// for longest goes. 0 means 500,000.
	MaxHeld int
	// MaxTerms is how many values of one of them new_terms remembers; those not
	// seen for longest go. 0 means 100,000.
	MaxTerms int
}

func (c Config) withDefaults() Config {
	c.Lateness = cmp.Or(c.Lateness, 24*time.Hour)
	c.MaxKeys = cmp.Or(c.MaxKeys, 100_000)
	c.MaxEvents = cmp.Or(c.MaxEvents, 10_000)
	c.MaxHeld = cmp.Or(c.MaxHeld, 500_000)
	c.MaxTerms = cmp.Or(c.MaxTerms, 100_000)
	return c
}

// Stats counts what did not go as it should; all of it is since New or Restore.
type Stats struct {
	Keys int // combinations of group-by values held now
	Held int // events held now

	Late      int64 // observations older than Lateness allows, or of a window that was decided; not counted by the correlation
	Ahead     int64 // events from the future, counted as of when they were received
	Ungrouped int64 // observations without a value in a field of group-by
	Forgotten int64 // keys that went before their time because of a limit
	Dropped   int64 // events that went before their time because of a limit
}
