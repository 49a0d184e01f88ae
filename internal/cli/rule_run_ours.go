package cli

import (
	"fmt"
	"slices"

	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// enriching adds to events what Nightjar knows beside them, as the journal is
// watched, when some rule asks for it. Else events stay as they are, which is
// faster.
type enriching struct {
	records *detect.RecordEnricher // nil when no rule asks
	refused int
}

func newEnriching(rules *sigma.Collection, source *sigma.Source) *enriching {
	if source.Name != "ual" || !asksOurs(rules, source) {
		return &enriching{}
	}
	return &enriching{records: detect.NewRecordEnricher()}
}

// event is what rules are asked of: valid until the next call.
func (e *enriching) event(line []byte) []byte {
	if e.records == nil {
		return line
	}
	record, err := e.records.Enrich(line)
	if err != nil {
		// What is no event at all is said where it is asked of rules.
		if _, invalid := sigma.Decode(line); invalid == nil {
			e.refused++
		}
		return line
	}
	return record
}

// tell says once what was asked without it.
func (e *enriching) tell(p Process) {
	if e.refused > 0 {
		fmt.Fprintf(p.Stderr, "%s asked without the fields nightjar.*: what is not UTF-8 cannot be stored\n", counted(e.refused, "event"))
	}
}

// asksOurs reports whether some rule or correlation speaks of what Nightjar
// adds. The types of correlations that are ours do of themselves.
func asksOurs(rules *sigma.Collection, source *sigma.Source) bool {
	ours := func(field string) bool {
		return slices.ContainsFunc(source.Paths(field), func(p sigma.Path) bool { return p.Steps[0] == "nightjar" })
	}
	for _, r := range rules.Rules {
		found := false
		r.Expr.Tests(func(t *sigma.Test) { found = found || ours(t.Field) || ours(t.Other) })
		if found {
			return true
		}
	}
	for _, c := range rules.Correlations {
		fields := append(slices.Clone(c.GroupBy), c.Fields...)
		for _, alias := range c.Aliases {
			for _, field := range alias {
				fields = append(fields, field)
			}
		}
		if c.Own != nil || slices.ContainsFunc(fields, ours) {
			return true
		}
	}
	return false
}
