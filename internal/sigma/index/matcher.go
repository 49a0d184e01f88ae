package index

import (
	"fmt"
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Matcher matches events one after the other. It is for one goroutine.
type Matcher struct {
	engine  *Engine
	set     *Set
	scratch map[string]*scratch
	matches []int
}

// NewMatcher matches against a set that stays.
func (s *Set) NewMatcher() *Matcher { return NewEngine(s).Matcher() }

// Rules returns the rules that the indexes of the last Match speak of.
func (m *Matcher) Rules() []*sigma.Rule { return m.set.rules }

// Match returns the indexes of the rules that an event of a source matches, in
// ascending order, valid until the next call. Raw must be one valid JSON
// object; of others it may or may not say that they are corrupt.
func (m *Matcher) Match(source string, raw []byte) ([]int, error) {
	if set := m.engine.set.Load(); set != m.set {
		m.set, m.scratch = set, map[string]*scratch{}
	}
	s := m.scratch[source]
	if s == nil {
		c := m.set.sources[source]
		if c == nil {
			return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the rules were not compiled for source %q", source)}
		}
		s = newScratch(c)
		m.scratch[source] = s
	}
	m.matches = m.matches[:0]
	if err := s.read(raw); err != nil {
		return nil, err
	}
	for _, list := range [...][]int32{s.c.always, s.candidates} {
		for _, i := range list {
			if p := &s.c.programs[i]; s.holds(p) {
				m.matches = append(m.matches, int(p.rule))
			}
		}
	}
	slices.Sort(m.matches)
	return m.matches, nil
}
