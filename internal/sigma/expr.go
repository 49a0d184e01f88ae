package sigma

// Kind is what an expression does with its parts.
type Kind uint8

// The kinds.
const (
	Leaf Kind = iota // a test
	And
	Or
	Not
)

// Expr is what a rule asks of an event.
type Expr struct {
	Kind Kind
	Kids []*Expr // of And and Or at least one, of Not exactly one
	Test *Test   // of a Leaf
}

func leaf(t *Test) *Expr { return &Expr{Kind: Leaf, Test: t} }

// joined links expressions; one alone stays as it is.
func joined(kind Kind, kids []*Expr) *Expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return &Expr{Kind: kind, Kids: kids}
}

func not(e *Expr) *Expr { return &Expr{Kind: Not, Kids: []*Expr{e}} }

// maxParts is how many parts a rule may have once its condition is spelled out.
const maxParts = 500_000

// within reports whether the expression has no more parts than are left.
func (e *Expr) within(left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	for _, kid := range e.Kids {
		if !kid.within(left) {
			return false
		}
	}
	return true
}

// Tests calls visit for every test of the expression.
func (e *Expr) Tests(visit func(*Test)) {
	if e.Kind == Leaf {
		visit(e.Test)
	}
	for _, kid := range e.Kids {
		kid.Tests(visit)
	}
}
