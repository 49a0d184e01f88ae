package correlate

import (
	"math"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// state is what one correlation remembers of one tenant. What it answers
// depends on the calls and their order alone.
type state interface {
	// observe takes one event under one key.
	observe(o *observation) []Hit
	// advance says that the tenant's time has come to mark: what was waiting
	// for that is decided. It is called once due() has passed.
	advance(mark int64) []Hit
	// expire lets go of what no event can complete any more. It is called now
	// and then, and changes no answer.
	expire(mark int64)
	// due is when advance has something to decide; never when nothing waits.
	due() int64
	// size is how many keys and events are held.
	size() (keys, events int)
	// encode and decode carry the state over; decode begins with a new one.
	// Equal states are equal bytes. The decoder keeps the first error.
	encode(e *encoder)
	decode(d *decoder)
}

// never is the time of what does not happen, in nanoseconds since 1970.
const never = math.MaxInt64

// makers are the constructors of the states by type.
func makers() map[sigma.CorrelationType]func(*definition) (state, error) {
	return map[sigma.CorrelationType]func(*definition) (state, error){
		sigma.EventCount:      newCount,
		sigma.ValueCount:      newDistinct,
		sigma.ValueSum:        newNumber,
		sigma.ValueAvg:        newNumber,
		sigma.ValueMedian:     newNumber,
		sigma.ValuePercentile: newNumber,
		sigma.Temporal:        newTemporal,
		sigma.TemporalOrdered: newTemporal,

		sigma.NewTerms: newTerms,
		sigma.Baseline: newBaseline,

		sigma.ImpossibleTravel: travelMaker(),
		sigma.SessionAnomaly:   newSession,
	}
}

// observation is one event as one correlation sees it, under one key.
type observation struct {
	def    *definition
	tenant nightjar.TenantID
	key    string // joined values of group-by; see splitKey
	rules  uint64 // a bit for each of the correlation's rules that it matches
	at     int64  // when, in nanoseconds since 1970
	mark   int64  // the newest time of the tenant, this event included
	born   int64  // the oldest time of the tenant, of events of any kind
	match  Match  // of the first of those rules
	ref    nightjar.EventRef
	origin *Hit // of a correlation over correlations: what the inner one found
	rule   int  // index of the first of those rules
}

// values reads a field, by its alias where the correlation has one for the rule.
func (o *observation) values(field string) []string {
	return o.def.values(field, o.rule, o.match.Event, o.origin)
}
