package ruleset

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

var braced = regexp.MustCompile(`\{([^{}]+)\}`)

// Doubts are warnings about what a rule speaks of in its reason and entities
// and that nothing fills in, and about its log source. Columns are those of the
// answer of a rule with a query; nil passes over what it speaks of.
func (m *Meaning) Doubts(info *Info, columns []string) []*sigma.Fault {
	d := doubter{info: info}
	switch info.Kind {
	case Query:
		if columns != nil {
			d.speaks(columns, func(name string) bool { return slices.Contains(columns, name) }, func(field string) bool { return slices.Contains(columns, strings.ToLower(field)) }, "the query has no column")
		}
	case Warning:
		offered := []string{"code", "remedy", "since", "source", "tenant", "text", "title"}
		one := func(name string) bool { return slices.Contains(offered, name) }
		d.speaks(offered, one, one, "a warning has no")
	default:
		m.events(&d, info)
	}
	return d.doubts
}

// events doubts a rule about events.
func (m *Meaning) events(d *doubter, info *Info) {
	if r := m.set.Rule(info); r != nil && info.Kind == Detection {
		if services, unknown := m.catalogue.UnknownService(r.Logsource); unknown {
			d.doubt("service:", "service %q is none of product %s, all of whose events the rule is asked of%s", r.Logsource.Service, r.Logsource.Product, meant(r.Logsource.Service, services))
		}
	}
	var offered, fields []string
	if c := m.set.correlation(info); c != nil {
		offered, fields = answers(c), append(slices.Clone(c.GroupBy), c.Fields...)
		for alias := range c.Aliases {
			offered = append(offered, alias)
		}
	}
	var sources []*sigma.Source
	for _, name := range m.Binding(info).Sources {
		if s, err := m.catalogue.Source(name); err == nil {
			sources = append(sources, s)
		}
	}
	if len(sources) == 0 {
		return // that it cannot match is said
	}
	carried := func(field string) bool {
		return slices.Contains(offered, field) || slices.ContainsFunc(sources, func(s *sigma.Source) bool { return s.Carries(field) })
	}
	for _, field := range fields {
		if !carried(field) {
			d.doubt(field, "no source has the field %s that it groups by or counts%s", field, near(field, fieldsOf(sources)))
		}
	}
	d.speaks(append(offered, fieldsOf(sources)...), carried, carried, "no source has the field")
}

func fieldsOf(sources []*sigma.Source) []string {
	var out []string
	for _, s := range sources {
		out = append(out, s.Fields()...)
	}
	return out
}

// answers are what a correlation of a type says of itself, for reasons.
func answers(c *sigma.Correlation) []string {
	out := []string{"count", "first", "last", "span", "window"}
	switch c.Type {
	case sigma.ValueCount:
		return append(out, "distinct", "values")
	case sigma.ValueSum:
		return append(out, "sum")
	case sigma.ValueAvg:
		return append(out, "average")
	case sigma.ValueMedian:
		return append(out, "median")
	case sigma.ValuePercentile:
		return append(out, "percentile")
	case sigma.NewTerms:
		return append(out, "value", "values", "previous", "known", "since")
	case sigma.Baseline:
		return append(out, "distinct", "mean", "sd", "limit", "bucket", "per", "buckets", "since")
	case sigma.ImpossibleTravel:
		return append(
			out, "from", "to", "from_city", "from_country", "to_city", "to_country", "kilometres", "speed", "minutes", "previous_address", "address",
			"previous_network", "network", "previous_device", "device", "previous", "value", "basis", "passed",
		)
	case sigma.SessionAnomaly:
		out = append(out, "changed", "previous", "value", "from", "to", "previous_address", "address", "previous_network", "network")
		for _, field := range c.Fields {
			out = append(out, "previous."+field)
		}
	default:
	}
	return out
}

// correlation finds a correlation as all have it of whom nothing is said.
func (s *Set) correlation(info *Info) *sigma.Correlation {
	at := slices.IndexFunc(s.all.Correlations, func(c *sigma.Correlation) bool { return c.File == info.File && c.Line == info.Line })
	if at < 0 {
		return nil
	}
	return s.all.Correlations[at]
}

// doubter collects the doubts about one rule.
type doubter struct {
	info   *Info
	doubts []*sigma.Fault
}

// speaks doubts the names of the reason and the fields of the entities.
func (d *doubter) speaks(known []string, name, field func(string) bool, why string) {
	for _, found := range braced.FindAllStringSubmatch(d.info.Reason, -1) {
		for one := range strings.SplitSeq(found[1], "|") {
			if one = strings.TrimSpace(one); !name(one) {
				d.doubt("{"+found[1]+"}", "%s %s that the reason speaks of%s", why, one, near(one, known))
			}
		}
	}
	for _, e := range d.info.Entities {
		for _, one := range e.Fields {
			if !field(one) {
				d.doubt(one, "%s %s of the entity %s%s", why, one, e.Kind, near(one, known))
			}
		}
	}
}

// doubt warns, at the line of the rule that has a text.
func (d *doubter) doubt(text, format string, args ...any) {
	line := d.info.Line
	if before, _, found := strings.Cut(d.info.Text, text); found {
		line += strings.Count(before, "\n")
	}
	d.doubts = append(d.doubts, &sigma.Fault{File: d.info.File, Line: line, Rule: d.info.Label(), Warning: true, Err: &nightjar.Error{
		Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...),
	}})
}

// near proposes a word that was perhaps meant, of many.
func near(word string, words []string) string {
	lower := make([]string, len(words))
	for i, w := range words {
		lower[i] = strings.ToLower(w)
	}
	if at := slices.Index(lower, spelling.Nearest(strings.ToLower(word), lower)); at >= 0 {
		return fmt.Sprintf("; did you mean %q?", words[at])
	}
	return ""
}
