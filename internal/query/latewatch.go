package query

import "strings"

// lateWatch decides whether raw and fields are only shown. It knows names,
// not types, and errs towards reading the text.
type lateWatch struct {
	computed  bool
	shown     map[string]bool // names under which they are shown
	used      map[string]bool // names that expressions compute with
	relations map[string]bool // names of tables and subqueries
}

func isText(name string) bool { return name == "raw" || name == "fields" }

func (l *lateWatch) compute() { l.computed = true }

func (l *lateWatch) relation(name string) { l.relations = put(l.relations, name) }

// show notes a column that is shown as it is, under another name perhaps.
func (l *lateWatch) show(names []string, alias string) {
	last := strings.ToLower(names[len(names)-1])
	// A table's name as a column is the whole row.
	l.used = put(l.used, "."+last)
	if alias = strings.ToLower(alias); alias != "" && alias != last {
		if isText(last) {
			l.shown = put(l.shown, alias)
		}
		if isText(alias) {
			l.compute() // another column under the name of raw
		}
	}
}

func (l *lateWatch) use(names []string) {
	for _, n := range names {
		l.used = put(l.used, strings.ToLower(n))
	}
}

func (l *lateWatch) holds() bool {
	if l.computed || l.used["raw"] || l.used["fields"] {
		return false
	}
	for n := range l.shown {
		if l.used[n] || l.used["."+n] {
			return false
		}
	}
	for r := range l.relations {
		if l.used[r] || l.used["."+r] {
			return false
		}
	}
	return true
}

func put(m map[string]bool, key string) map[string]bool {
	if m == nil {
		m = map[string]bool{}
	}
	m[key] = true
	return m
}
