package index

import "github.com/nightjar-sec/nightjar/internal/sigma"

// Set is a compiled set of rules. It never changes.
type Set struct {
	rules   []*sigma.Rule
	sources map[string]*compiled // by the name of the source
}

// Compile compiles rules for the events of the sources.
func Compile(sources []*sigma.Source, rules []*sigma.Rule) *Set {
	s := &Set{rules: rules, sources: map[string]*compiled{}}
	for _, source := range sources {
		s.sources[source.Name] = compile(source, rules)
	}
	return s
}

// Rules returns the rules in the order of the indexes that Match returns.
func (s *Set) Rules() []*sigma.Rule { return s.rules }

// Stats says what a set has for a source.
type Stats struct {
	Rules       int // that mean the source's events
	Unwitnessed int // rules that must be evaluated for each event
	Predicates  int // distinct tests
	Fields      int
	States      int // of all automata
}

// Stats describes the set's rules of a source.
func (s *Set) Stats(source string) Stats {
	c := s.sources[source]
	if c == nil {
		return Stats{}
	}
	st := Stats{Rules: len(c.programs), Unwitnessed: len(c.always), Predicates: len(c.preds), Fields: len(c.fields)}
	for i := range c.fields {
		if a := c.fields[i].auto; a != nil {
			st.States += a.states
		}
	}
	return st
}
