package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// surroundings are what an installation knows besides its rules; empty where
// rules of files are looked at.
type surroundings struct {
	tenants []nightjar.Tenant
	now     time.Time
}

func (s surroundings) name(id nightjar.TenantID) string {
	for _, t := range s.tenants {
		if t.ID == id {
			return cmp.Or(t.Name, string(id))
		}
	}
	return string(id)
}

// ruleInForce is a rule as all tenants have it of which nothing else is said.
// One that is off for everybody is as its file has it.
func ruleInForce(set *ruleset.Set, r *sigma.Rule) *sigma.Rule {
	for _, other := range set.Variants()[0].Collection.Rules {
		if other.File == r.File && other.Line == r.Line && other.Label() == r.Label() {
			return other
		}
	}
	return r
}

// correlationInForce is the same of a correlation. With an exception it rests on
// copies of its rules; it is said by the names that they are known by.
func correlationInForce(set *ruleset.Set, c *sigma.Correlation) *sigma.Correlation {
	for _, other := range set.Variants()[0].Collection.Correlations {
		if other.File == c.File && other.Line == c.Line && other.Label() == c.Label() {
			shown := *other
			shown.Rules, shown.Aliases, shown.Condition = c.Rules, c.Aliases, c.Condition
			return &shown
		}
	}
	return c
}

// explainHere says what people here have otherwise than the rule.
func explainHere(p Process, set *ruleset.Set, label string, here surroundings) {
	info := set.Info(label)
	if info == nil {
		return
	}
	explainParameters(p, set, info)
	var list []string
	for _, c := range set.Changes().Changes {
		ofPack := c.Rule == "" && c.Pack == info.Pack
		if c.Rule != label && !ofPack {
			continue
		}
		what := string(c.What)
		if c.What == ruleset.ChangeParameter {
			what = c.Name
		}
		if ofPack {
			what += " of the pack " + c.Pack
		}
		who := "all tenants"
		if c.Tenant != "" {
			who = here.name(c.Tenant)
		}
		list = append(list, fmt.Sprintf("%s is %s for %s: %s", what, literalJSON(c.Value), who, cmp.Or(c.Reason, "no reason given")))
	}
	// Those of no rule of this name are none of its.
	lines, err := exceptionLines(set, []string{label}, here.tenants, here.now)
	for _, l := range lines {
		if err != nil || !l.Active {
			continue
		}
		until := ""
		if l.Until != "" {
			until = " until " + l.Until
		}
		list = append(list, fmt.Sprintf("except %s for %s%s: %s", whereText(l.Where), cmp.Or(strings.Join(l.Tenants, ", "), "all tenants"), until, l.Reason))
	}
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(p.Stdout, "\nChanged here:")
	for _, text := range list {
		fmt.Fprintln(p.Stdout, "  "+safe(oneLine(text)))
	}
}

// explainParameters says which values hold where nothing is said of a tenant.
func explainParameters(p Process, set *ruleset.Set, info *ruleset.Info) {
	for i, param := range info.Parameters {
		if i == 0 {
			fmt.Fprintln(p.Stdout, "\nParameters:")
		}
		value, own := literalJSON(set.Value(info, param.Name, "")), literalJSON(param.Value)
		if value != own {
			value += " (the rule has " + own + ")"
		}
		if param.Text != "" {
			value += ": " + param.Text
		}
		fmt.Fprintln(p.Stdout, "  "+safe(oneLine(param.Name+" is "+value)))
	}
}

// literalJSON writes a value as JSON has it, with < and > as they are.
func literalJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return "-"
	}
	return strings.TrimSpace(b.String())
}
