package sigma

import "slices"

// ParseCondition reads a condition over names; nil when it is rejected.
func ParseCondition(condition string, names []string) *Expr {
	e, err := parseCondition(condition, 1, names, func(name string) *Expr {
		if slices.Contains(names, name) {
			return leaf(&Test{Field: name})
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return e
}
