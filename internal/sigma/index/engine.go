package index

import "sync/atomic"

// Engine holds the set of rules in force. Swap may be called while matchers
// run: each goes over to the new set with its next event.
type Engine struct{ set atomic.Pointer[Set] }

// NewEngine begins with a set.
func NewEngine(set *Set) *Engine {
	e := &Engine{}
	e.set.Store(set)
	return e
}

// Swap puts another set in force.
func (e *Engine) Swap(set *Set) { e.set.Store(set) }

// Set returns the set in force.
func (e *Engine) Set() *Set { return e.set.Load() }

// Matcher returns a matcher that follows the engine's set. It is for one
// goroutine.
func (e *Engine) Matcher() *Matcher { return &Matcher{engine: e} }
