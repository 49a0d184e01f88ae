package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Filter takes events away from the rules that it names: Sigma's portable form
// of an exception.
type Filter struct {
	Meta
	Logsource Logsource
	Any       bool     // it applies to all rules of its log source
	Rules     []string // else ids or names
	// Keep is what must hold besides for a rule to match.
	Keep *Expr
}

// readFilter reads a filter. A condition says which events are taken away, as
// in the specification's example. One that begins with "not" as a whole says
// which are kept, as pySigma's filters do.
func readFilter(meta Meta, rest map[string]member, lookup map[string][]string) (*Filter, error) {
	source, err := readLogsource(rest, meta.Line)
	if err != nil {
		return nil, err
	}
	f := &Filter{Meta: meta, Logsource: source}
	entry := rest["filter"]
	list, err := members(entry.value)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(m member) bool { return m.key == "rules" })
	if at < 0 {
		return nil, invalid(entry.line, "a filter needs rules: a list of ids or names, or any")
	}
	if f.Rules, err = texts(list[at]); err != nil {
		return nil, err
	}
	one := list[at].value.Kind == yaml.ScalarNode && len(f.Rules) == 1
	if len(f.Rules) == 0 || one && (strings.EqualFold(f.Rules[0], "any") || strings.EqualFold(f.Rules[0], "all")) {
		f.Any, f.Rules = true, nil
	}
	e, conditions, err := readDetection(entry, lookup)
	if err != nil {
		return nil, err
	}
	if len(conditions) != 1 {
		return nil, invalid(entry.line, "a filter has exactly one condition")
	}
	if f.Keep = e; e.Kind != Not {
		f.Keep = not(e)
	}
	return f, nil
}

// applies reports whether the filter is meant for a rule.
func (f *Filter) applies(r *Rule) bool {
	same := func(filter, rule string) bool { return filter == "" || strings.EqualFold(filter, rule) }
	if !same(f.Logsource.Category, r.Logsource.Category) || !same(f.Logsource.Product, r.Logsource.Product) || !same(f.Logsource.Service, r.Logsource.Service) {
		return false
	}
	return f.Any || slices.ContainsFunc(f.Rules, func(ref string) bool { return ref != "" && (ref == r.ID || ref == r.Name) })
}
