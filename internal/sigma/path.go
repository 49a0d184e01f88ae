package sigma

import "strings"

// Steps splits the name of a field, or a member name of an event, into the
// steps of a path: folded, without spaces, cut at dots. Marks of lists ([], [0],
// [*], {}) are left out, since all elements of a list count.
func Steps(name string) []string {
	var steps []string
	for step := range strings.SplitSeq(name, ".") {
		if i := strings.IndexAny(step, "[{"); i > 0 && strings.ContainsAny(step[len(step)-1:], "]}") {
			step = step[:i]
		}
		if step = strings.ReplaceAll(Fold(step), " ", ""); step != "" {
			steps = append(steps, step)
		}
	}
	return steps
}

// Path is where a source keeps a field.
type Path struct {
	Name  string // as it is written where it comes from, for people
	Steps []string
	// Trim says that the values count also without the full stop and spaces
	// at their end, which the audit log adds to the names of operations.
	Trim bool
}

// String writes the path folded, equal for paths that lead to the same place.
func (p Path) String() string {
	s := strings.Join(p.Steps, ".")
	if p.Trim {
		s += "~"
	}
	return s
}
