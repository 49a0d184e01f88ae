package detect

import (
	"fmt"
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// speaker makes findings of one rule's answers.
type speaker struct {
	info     *ruleset.Info
	label    string
	version  string
	sentence sentence
	group    []nightjar.EntityKind
}

// newSpeaker returns nil for a rule whose answers are no findings.
func newSpeaker(info *ruleset.Info, version string) (*speaker, error) {
	if info == nil || !info.Alerts {
		return nil, nil //nolint:nilnil // a rule that only serves others says nothing
	}
	s := &speaker{info: info, label: info.Label(), version: version, group: info.Group}
	if info.Reason != "" {
		var err error
		if s.sentence, err = parseSentence(info.Reason); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", info.File, info.Line, err)
		}
	}
	if len(s.group) == 0 {
		s.group = s.defaultGroup()
	}
	return s, nil
}

// defaultGroup is the user where the rule has one, else all kinds.
func (s *speaker) defaultGroup() []nightjar.EntityKind {
	var kinds []nightjar.EntityKind
	for _, e := range s.info.Entities {
		kinds = append(kinds, e.Kind)
	}
	if slices.Contains(kinds, nightjar.EntityUser) {
		return []nightjar.EntityKind{nightjar.EntityUser}
	}
	return kinds
}
