package ruleset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// maxField bounds what may be the slip of a name.
const maxField = 200

// exceptable refuses an exception on a field whose name looks like a slip: it
// would take nothing away. Other names that no schema has are taken, for
// Microsoft adds fields as it likes.
func (s *Set) exceptable(info *Info, where map[string]any) error {
	m, err := s.Meaning()
	if err != nil {
		return err
	}
	known := map[string]bool{} // what the rule itself asks for counts too
	for _, f := range m.Fields(info) {
		known[f.Name] = true
	}
	sources := m.sources(info)
	if len(sources) == 0 {
		return nil
	}
	for key := range where {
		field, _, _ := strings.Cut(key, "|")
		if len(field) > maxField || known[field] || slices.ContainsFunc(sources, func(s *sigma.Source) bool { return s.Carries(field) }) {
			continue
		}
		words := slices.Sorted(maps.Keys(known))
		for _, s := range sources {
			words = append(words, s.Names()...)
		}
		if near := spelling.Nearest(field, words); near != "" {
			return &nightjar.Error{
				Code: nightjar.CodeInvalid, Message: fmt.Sprintf("no event of %q has a field %.100q", info.Title, field), Hint: fmt.Sprintf("did you mean %q?", near),
			}
		}
	}
	return nil
}

// sources are those of what is collected that a rule means.
func (m *Meaning) sources(info *Info) []*sigma.Source {
	var out []*sigma.Source
	for _, part := range m.set.Parts(info) {
		r := m.set.Rule(part)
		if r == nil {
			continue
		}
		for _, name := range m.catalogue.Binding(r).Sources {
			if s, err := m.catalogue.Source(name); err == nil && s.Collected && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}
