package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Lack is something that a rule which ships must have and has not.
type Lack struct {
	Rule, Title, File string
	Line              int
	Text              string
}

// Lacks names what the shipped rules of a set lack: each that alerts has what
// an analyst needs of it, a test that alerts and one that does not; and those
// about events the fields that the audit log carries.
func Lacks(set *ruleset.Set) ([]Lack, error) {
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		return nil, err
	}
	source, err := catalogue.Source(sourceName)
	if err != nil {
		return nil, err
	}
	c := checker{set: set, source: source, catalogue: catalogue}
	collection := set.Variants()[0].Collection
	for _, r := range collection.Rules {
		if info := set.Info(r.Label()); info != nil && info.Shipped {
			c.binds(r, info)
		}
	}
	known := map[string][]string{} // names that a correlation gives to fields, by rule
	for _, r := range collection.Correlations {
		known[r.Label()] = append(aliases(r), r.GroupBy...)
		if info := set.Info(r.Label()); info != nil && info.Shipped {
			c.fields(info, append(slices.Clone(r.GroupBy), r.Fields...), aliases(r))
		}
	}
	for _, info := range set.Infos() {
		if !info.Shipped || !info.Alerts {
			continue
		}
		c.described(info)
		if info.Scheduled == nil { // else its words are columns, which its tests ask for
			c.placed(info)
			c.speaks(info, known[info.Label()])
		}
		c.tested(info)
	}
	return c.lacks, nil
}

type checker struct {
	set       *ruleset.Set
	source    *sigma.Source
	catalogue *sigma.Catalogue
	lacks     []Lack
}

func (c *checker) lack(info *ruleset.Info, format string, args ...any) {
	c.lacks = append(c.lacks, Lack{Rule: info.Label(), Title: info.Title, File: info.File, Line: info.Line, Text: fmt.Sprintf(format, args...)})
}

// binds asks whether each field of a rule is one of the audit log.
func (c *checker) binds(r *sigma.Rule, info *ruleset.Info) {
	b := c.catalogue.Binding(r)
	switch {
	case !slices.Contains(b.Sources, sourceName):
		c.lack(info, "its log source is not the audit log: write {product: m365, service: audit}")
	case !b.Runs:
		c.lack(info, "it can never match: %s", b.Reason)
	case len(b.Unbound) > 0:
		c.lack(info, "the audit log has no %s", strings.Join(b.Unbound, ", "))
	}
}

func (c *checker) fields(info *ruleset.Info, fields, known []string) {
	for _, f := range fields {
		if !slices.Contains(known, f) && !c.source.Carries(f) {
			c.lack(info, "the audit log has no %s", f)
		}
	}
}

func aliases(r *sigma.Correlation) []string {
	var out []string
	for name := range r.Aliases {
		out = append(out, name)
	}
	return out
}

// must is something that a rule has, or lacks.
type must struct {
	there bool
	what  string
}

func (c *checker) need(info *ruleset.Info, all ...must) {
	for _, one := range all {
		if !one.there {
			c.lack(info, "it has not %s", one.what)
		}
	}
}

// placed asks for what an alert about events needs: whom it is about, and where
// in an attack it has its place.
func (c *checker) placed(info *ruleset.Info) {
	tactic, technique := false, false
	for _, tag := range info.Tags {
		rest, ok := strings.CutPrefix(tag, "attack.")
		id := ok && len(rest) > 1 && rest[0] == 't' && rest[1] >= '0' && rest[1] <= '9'
		technique = technique || id
		tactic = tactic || ok && !id
	}
	c.need(
		info,
		must{tactic, "a tag with its tactic, such as attack.persistence"},
		must{technique, "a tag with its technique, such as attack.t1114.003"},
		must{len(info.Entities) > 0, "entities"},
	)
}

func (c *checker) described(info *ruleset.Info) {
	c.need(
		info,
		must{info.ID != "", "an id"},
		must{info.Description != "", "a description"},
		must{len(info.FalsePositives) > 0, "falsepositives"},
		must{info.Level != "", "a level"},
		must{info.Reason != "", "a reason"},
		must{len(info.Response) > 0, "a response"},
	)
	for _, p := range info.Parameters {
		if p.Text == "" || p.Source == "" {
			c.lack(info, "parameter %s says not what it means and where its value comes from", p.Name)
		}
	}
}

// speaks asks whether the fields that a rule names for people are the audit
// log's. What a correlation answers of itself has a name in small letters
// without a dot.
func (c *checker) speaks(info *ruleset.Info, known []string) {
	var fields []string
	for _, e := range info.Entities {
		fields = append(fields, e.Fields...)
	}
	reason, err := parseSentence(info.Reason)
	if err != nil {
		c.lack(info, "%v", err)
	}
	for _, name := range reason.names() {
		own := info.Kind == ruleset.Correlation && name == strings.ToLower(name) && !strings.Contains(name, ".")
		if !own {
			fields = append(fields, strings.Split(name, "|")...)
		}
	}
	c.fields(info, fields, known)
}

func (c *checker) tested(info *ruleset.Info) {
	positive, negative := false, false
	for _, t := range info.Tests {
		positive = positive || t.Count > 0
		negative = negative || t.Count == 0 && t.Size > 0
	}
	if !positive {
		c.lack(info, "it has no test that alerts")
	}
	if !negative {
		c.lack(info, "it has no test of what must not alert")
	}
}
