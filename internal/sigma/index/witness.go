package index

import (
	"math"
	"slices"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// gate gives each program its witnesses: predicates of which one must be true
// for the program to accept.
func (c *compiler) gate(exprs func(yield func(int, *sigma.Expr))) {
	type found struct{ program, pred int32 }
	var all []found
	exprs(func(i int, e *sigma.Expr) {
		preds, cost := c.witness(e, true)
		if math.IsInf(cost, 1) {
			c.always = append(c.always, int32(i))
			return
		}
		for _, p := range preds {
			all = append(all, found{int32(i), p})
		}
	})
	// Only now all predicates are known.
	c.witnessOf = make([][]int32, len(c.preds))
	for _, f := range all {
		if !slices.Contains(c.witnessOf[f.pred], f.program) {
			c.witnessOf[f.pred] = append(c.witnessOf[f.pred], f.program)
		}
	}
}

// witness returns predicates of which one must be true for e to be true (or,
// when positive is false, for e to be false), and how often that will be; +Inf
// when there are none.
func (c *compiler) witness(e *sigma.Expr, positive bool) ([]int32, float64) {
	switch e.Kind {
	case sigma.Leaf:
		if !positive {
			return nil, math.Inf(1)
		}
		p := c.pred(e.Test)
		if e.Test.Op == sigma.OpField {
			// It is decided last; that its field has a value is known before.
			p = c.pred(&sigma.Test{Field: e.Test.Field, Op: sigma.OpValued})
		}
		return []int32{p}, c.cost(p)
	case sigma.Not:
		return c.witness(e.Kids[0], !positive)
	default:
	}
	if (e.Kind == sigma.And) == positive {
		var best []int32
		least := math.Inf(1)
		for _, kid := range e.Kids {
			if preds, cost := c.witness(kid, positive); cost < least {
				best, least = preds, cost
			}
		}
		return best, least
	}
	var union []int32
	sum := 0.0
	for _, kid := range e.Kids {
		preds, cost := c.witness(kid, positive)
		union = append(union, preds...)
		sum += cost
	}
	return union, sum
}

// cost guesses how often a predicate is true, without knowing any events:
// whole values less than texts, long ones less than short ones, those of few
// rules less than those that everybody asks.
func (c *compiler) cost(p int32) float64 {
	text, how := gateOf(c.preds[p].test)
	n := float64(len(text))
	base := map[gate]float64{byNothing: 1000, byValue: 10 + 120/(n+1), byText: 20 + 400/(n+1), byPrefix: 15 + 300/(n+1), bySuffix: 15 + 300/(n+1), byVerify: 30 + 400/(n+1), byAny: 900, byScan: 300}[how]
	return base * (1 + math.Log2(float64(max(c.preds[p].users, 1)))/4)
}
