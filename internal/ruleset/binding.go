package ruleset

import (
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Field is a field that a rule asks for.
type Field struct {
	Name   string   // as the rule writes it
	Places []string // where records have it; none when they never do
}

// Meaning says what rules mean for the events that are collected.
type Meaning struct {
	catalogue *sigma.Catalogue
	set       *Set
}

// Meaning prepares to say what the set's rules mean.
func (s *Set) Meaning() (*Meaning, error) {
	c, err := sigma.NewCatalogue()
	return &Meaning{c, s}, err
}

// Rule finds a rule as all have it of whom nothing is said, also one that is
// off; nil when it is none of one event.
func (s *Set) Rule(info *Info) *sigma.Rule {
	at := slices.IndexFunc(s.all.Rules, func(r *sigma.Rule) bool { return r.File == info.File && r.Line == info.Line })
	if at < 0 {
		return nil
	}
	return s.all.Rules[at]
}

// Parts finds the rules of single events that a rule rests on: itself, or all
// that a correlation is about.
func (s *Set) Parts(info *Info) []*Info {
	if info.Kind == Detection {
		return []*Info{info}
	}
	var out []*Info
	seen := map[*Info]bool{}
	var walk func(*Info)
	walk = func(i *Info) {
		for _, ref := range i.Uses {
			for _, other := range s.infos {
				if seen[other] || ref == "" || other.ID != ref && other.Name != ref {
					continue
				}
				seen[other] = true
				if other.Kind == Detection {
					out = append(out, other)
				} else {
					walk(other)
				}
			}
		}
	}
	walk(info)
	return out
}

// UsedBy lists the labels of the correlations that are about a rule.
func (s *Set) UsedBy(info *Info) []string {
	var out []string
	for _, i := range s.infos {
		if slices.ContainsFunc(i.Uses, func(ref string) bool { return ref != "" && (ref == info.ID || ref == info.Name) }) {
			out = append(out, i.Label())
		}
	}
	return out
}

// Binding says which sources a rule means and whether it can match. Of a
// correlation: whether the rules can that it needs.
func (m *Meaning) Binding(info *Info) sigma.Binding {
	out := sigma.Binding{Sources: []string{}, Runs: info.Kind == Query || info.Kind == Warning}
	parts := m.set.Parts(info)
	able := 0
	var reasons []string
	for _, part := range parts {
		r := m.set.Rule(part)
		if r == nil {
			continue
		}
		b := m.catalogue.Binding(r)
		if b.Runs {
			able++
		} else {
			reasons = append(reasons, b.Reason)
		}
		for _, s := range b.Sources {
			if !slices.Contains(out.Sources, s) {
				out.Sources = append(out.Sources, s)
			}
		}
		for _, f := range b.Unbound {
			if !slices.Contains(out.Unbound, f) {
				out.Unbound = append(out.Unbound, f)
			}
		}
	}
	if info.Kind == Detection || info.Kind == Correlation {
		// A sequence needs all of its rules; of several that are counted, one will do.
		needs := 1
		if info.sequence {
			needs = len(parts)
		}
		out.Runs = able >= max(needs, 1)
		if !out.Runs {
			out.Reason = strings.Join(slices.Compact(reasons), "; ")
		}
	}
	return out
}

// LogSource says of what kind of events a rule speaks.
func (m *Meaning) LogSource(info *Info) string {
	for _, part := range m.set.Parts(info) {
		if r := m.set.Rule(part); r != nil {
			return r.Logsource.String()
		}
	}
	return ""
}

// Fields lists what a rule asks for, and where the records of what is
// collected have it.
func (m *Meaning) Fields(info *Info) []Field {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, part := range m.set.Parts(info) {
		if r := m.set.Rule(part); r != nil {
			r.Expr.Tests(func(t *sigma.Test) {
				add(t.Field)
				add(t.Other)
			})
		}
	}
	sources := m.sources(info)
	for _, e := range info.Entities {
		for _, f := range e.Fields {
			add(f)
		}
	}
	out := make([]Field, 0, len(names))
	for _, name := range names {
		f := Field{Name: name, Places: []string{}}
		for _, s := range sources {
			if !s.Carries(name) {
				continue
			}
			for _, place := range s.Places(name) {
				if !slices.Contains(f.Places, place) {
					f.Places = append(f.Places, place)
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// FullText is the document of a rule, with those that it rests on in the same file.
func (s *Set) FullText(info *Info) string {
	texts := []string{info.Text}
	for _, other := range s.infos {
		if other == info || other.File != info.File {
			continue
		}
		if slices.ContainsFunc(info.Uses, func(ref string) bool { return ref != "" && (ref == other.ID || ref == other.Name) }) {
			texts = append(texts, other.Text)
		}
	}
	return strings.Join(texts, "---\n")
}
