package index

import (
	"slices"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// jump is one step of a program: go to yes when the predicate is true, to no
// when it is not.
type jump struct{ pred, yes, no int32 }

// The ends of a program.
const (
	accept int32 = -1
	reject int32 = -2
)

// generate appends the code of e and returns where it begins. It is written
// from the end, so that each part knows where the next one stands.
func (c *compiler) generate(code *[]jump, e *sigma.Expr, yes, no int32) int32 {
	switch e.Kind {
	case sigma.Leaf:
		*code = append(*code, jump{c.pred(e.Test), yes, no})
		return int32(len(*code) - 1)
	case sigma.Not:
		return c.generate(code, e.Kids[0], no, yes)
	case sigma.And:
		for _, kid := range slices.Backward(e.Kids) {
			yes = c.generate(code, kid, yes, no)
		}
		return yes
	default:
		for _, kid := range slices.Backward(e.Kids) {
			no = c.generate(code, kid, yes, no)
		}
		return no
	}
}
