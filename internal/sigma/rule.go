package sigma

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Meta is what all kinds of rules say of themselves.
type Meta struct {
	ID             string
	Name           string // by which correlations may refer to it
	Title          string
	Status         string
	Level          string // informational, low, medium, high, critical; "" when not stated
	Description    string
	Author         string
	License        string
	Date           string
	Modified       string
	Tags           []string
	References     []string
	FalsePositives []string
	Fields         []string
	// Custom are the attributes that the specification does not name, for
	// whoever knows them.
	Custom map[string]*yaml.Node

	File string
	Line int // of the first line of its document
}

// Label is what the rule is called in answers: its id, else its name or title.
func (m *Meta) Label() string { return cmp.Or(m.ID, m.Name, m.Title) }

// Logsource says of what kind of events a rule speaks.
type Logsource struct {
	Category, Product, Service, Definition string
}

// String writes it as product/service, with the category where there is one.
func (l Logsource) String() string {
	s := cmp.Or(l.Product, "any") + "/" + cmp.Or(l.Service, "any")
	if l.Category != "" {
		s += " (" + l.Category + ")"
	}
	return s
}

// Rule is a detection rule.
type Rule struct {
	Meta
	Logsource Logsource
	// Expr is what it asks of an event, filters included.
	Expr *Expr
	// Conditions are the conditions as they are written.
	Conditions []string
	// Filtered names the filters that were applied.
	Filtered []string
}

func statuses() []string {
	return []string{"stable", "test", "experimental", "deprecated", "unsupported"}
}

// Levels are the levels of rules, the least first.
func Levels() []string { return []string{"informational", "low", "medium", "high", "critical"} }

// readMeta reads the common attributes and returns the others.
func readMeta(list []member, file string, line int) (Meta, map[string]member, error) {
	m := Meta{File: file, Line: line}
	one := map[string]*string{
		"id": &m.ID, "name": &m.Name, "title": &m.Title, "status": &m.Status, "level": &m.Level, "description": &m.Description,
		"author": &m.Author, "license": &m.License, "date": &m.Date, "modified": &m.Modified,
	}
	many := map[string]*[]string{"tags": &m.Tags, "references": &m.References, "falsepositives": &m.FalsePositives, "fields": &m.Fields}
	rest := map[string]member{}
	var err error
	for _, entry := range list {
		switch {
		case one[entry.key] != nil && entry.key != "author":
			*one[entry.key], err = text(entry)
		case entry.key == "author":
			var authors []string
			authors, err = texts(entry)
			for i, a := range authors {
				if i > 0 {
					m.Author += ", "
				}
				m.Author += a
			}
		case many[entry.key] != nil:
			*many[entry.key], err = texts(entry)
		case slices.Contains([]string{"related", "taxonomy", "scope", "logsource", "detection", "correlation", "filter", "action"}, entry.key):
			rest[entry.key] = entry
		default:
			if m.Custom == nil {
				m.Custom = map[string]*yaml.Node{}
			}
			m.Custom[entry.key] = entry.value
		}
		if err != nil {
			return m, nil, err
		}
		if entry.key == "status" && m.Status != "" && !slices.Contains(statuses(), m.Status) {
			return m, nil, invalid(entry.line, "status %q is none of %v", m.Status, statuses())
		}
		if entry.key == "level" && m.Level != "" && !slices.Contains(Levels(), m.Level) {
			return m, nil, invalid(entry.line, "level %q is none of %v", m.Level, Levels())
		}
	}
	if t, ok := rest["taxonomy"]; ok {
		if name, err := text(t); err != nil || name != "sigma" && name != "" {
			return m, nil, invalid(t.line, "taxonomy %q is not known, only sigma is", name)
		}
	}
	if m.Title == "" {
		return m, nil, invalid(line, "title is missing")
	}
	return m, rest, nil
}

func readLogsource(rest map[string]member, line int) (Logsource, error) {
	entry, ok := rest["logsource"]
	if !ok {
		return Logsource{}, invalid(line, "logsource is missing")
	}
	list, err := members(entry.value)
	if err != nil {
		return Logsource{}, err
	}
	var l Logsource
	into := map[string]*string{"category": &l.Category, "product": &l.Product, "service": &l.Service, "definition": &l.Definition}
	for _, m := range list {
		if to := into[m.key]; to != nil {
			if *to, err = text(m); err != nil {
				return l, err
			}
		}
	}
	if l.Category == "" && l.Product == "" && l.Service == "" {
		return l, invalid(entry.line, "logsource names no category, product or service")
	}
	return l, nil
}

// readRule reads a detection rule.
func readRule(meta Meta, rest map[string]member, lookup map[string][]string) (*Rule, error) {
	source, err := readLogsource(rest, meta.Line)
	if err != nil {
		return nil, err
	}
	r := &Rule{Meta: meta, Logsource: source}
	r.Expr, r.Conditions, err = readDetection(rest["detection"], lookup)
	return r, err
}

// readDetection reads the search identifiers and conditions of a detection or filter.
func readDetection(entry member, lookup map[string][]string) (*Expr, []string, error) {
	list, err := members(entry.value)
	if err != nil {
		return nil, nil, err
	}
	p := &detectionParser{lookup: lookup}
	searches := map[string]*Expr{}
	var names []string
	var condition *member
	for _, m := range list {
		switch m.key {
		case "condition":
			condition = &m
			continue
		case "timeframe", "rules":
			continue
		}
		if searches[m.key], err = p.search(m.key, m.value); err != nil {
			return nil, nil, err
		}
		names = append(names, m.key)
	}
	if condition == nil {
		return nil, nil, invalid(entry.line, "condition is missing")
	}
	conditions, err := texts(*condition)
	if err != nil {
		return nil, nil, err
	}
	if len(conditions) == 0 {
		return nil, nil, invalid(condition.line, "the condition is empty")
	}
	kids := make([]*Expr, len(conditions))
	for i, c := range conditions {
		if kids[i], err = parseCondition(c, condition.line, names, func(name string) *Expr { return searches[name] }); err != nil {
			return nil, nil, err
		}
	}
	e := joined(Or, kids)
	if left := maxParts; !e.within(&left) {
		return nil, nil, tooMuch(condition.line, "the condition asks for its search identifiers so often that the rule has more than %d parts", maxParts)
	}
	return e, conditions, nil
}
