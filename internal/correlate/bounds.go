package correlate

import (
	"math"
	"slices"
	"strconv"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// deferred reports whether the correlation can be decided only when its
// timespan is over, since what comes later may undo it: an upper bound, a
// figure that may fall again, or something that must not happen.
func (d *definition) deferred() bool {
	switch d.Type {
	case sigma.EventCount, sigma.ValueCount, sigma.ValueSum:
		return slices.ContainsFunc(d.Bounds, func(b sigma.Bound) bool { return b.Op != "gt" && b.Op != "gte" })
	case sigma.ValueAvg, sigma.ValueMedian, sigma.ValuePercentile:
		return true
	default:
		return d.Condition != nil && negates(d.Condition)
	}
}

func negates(e *sigma.RuleExpr) bool {
	return e.Kind == sigma.Not || slices.ContainsFunc(e.Kids, negates)
}

// within reports whether a figure keeps all bounds.
func (d *definition) within(n float64) bool {
	for _, b := range d.Bounds {
		var ok bool
		switch b.Op {
		case "gt":
			ok = n > b.Value
		case "gte":
			ok = n >= b.Value
		case "lt":
			ok = n < b.Value
		case "lte":
			ok = n <= b.Value
		case "eq":
			ok = n == b.Value
		default:
			ok = n != b.Value
		}
		if !ok {
			return false
		}
	}
	return true
}

// maxNeed is the largest number that a count may be compared with.
const maxNeed = 1_000_000

// atLeast is the least whole number that the lower bounds allow, 1 or more.
func (d *definition) atLeast() (int, error) {
	need := 1.0
	for _, b := range d.Bounds {
		if d.Type != sigma.ValueSum && b.Value > maxNeed {
			return 0, refused(d.Correlation, "the condition asks for more than %d", maxNeed)
		}
		switch b.Op {
		case "gte", "eq":
			need = max(need, math.Ceil(b.Value))
		case "gt":
			need = max(need, math.Floor(b.Value)+1)
		default:
			need = max(need, math.Floor(b.Value)) // to tell more from as many
		}
	}
	if d.Type != sigma.EventCount && d.Type != sigma.ValueCount {
		return 1, nil
	}
	return int(need), nil
}

func figure(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
