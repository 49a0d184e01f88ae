package ruleset

import (
	"time"

	"github.com/nightjar-sec/nightjar"
)

// What says what of a rule was changed.
type What string

// What can be changed.
const (
	ChangeMode      What = "mode"
	ChangeSeverity  What = "severity"
	ChangeParameter What = "parameter"
)

// Change is one thing that people here have otherwise than the rule says. It
// stands apart from the rules, so that new versions of them leave it alone.
type Change struct {
	What What
	// Rule is the label of a rule; "" when Pack is changed, which only modes can be.
	Rule string
	Pack string
	Name string // of the parameter
	// Tenant has it so; "" is all of which nothing else is said.
	Tenant nightjar.TenantID
	Value  any // of JSON: a text, or a parameter's number, boolean or list

	Title  string // of the rule when it was changed
	Reason string
	By     string
	Time   time.Time

	line int // of the file that it was read of; 0 for none
}

// key is what there is one change of.
type key struct {
	what             What
	rule, pack, name string
	tenant           nightjar.TenantID
}

func (c Change) key() key { return key{c.What, c.Rule, c.Pack, c.Name, c.Tenant} }

// same reports whether two changes are of the same thing.
func (c Change) same(o Change) bool { return c.key() == o.key() }

// Exception takes events away from a rule.
type Exception struct {
	ID    string
	Rule  string // label
	Title string // of the rule when the exception was made
	// Where is a selection as Sigma writes it: fields with modifiers, and a
	// value or a list of values. All must fit.
	Where   map[string]any
	Tenants []nightjar.TenantID // none: all
	Owner   string
	Reason  string
	Created time.Time
	Until   time.Time // zero: it does not end

	line int // of the file that it was read of; 0 for none
}

// Active reports whether the exception is in force.
func (e Exception) Active(now time.Time) bool { return e.Until.IsZero() || now.Before(e.Until) }

// Changes are all that people here have otherwise.
type Changes struct {
	Changes    []Change
	Exceptions []Exception
}

// value finds what was said of a rule: of it and the tenant, of it, of its pack
// and the tenant, of its pack.
func (c Changes) value(what What, info *Info, tenant nightjar.TenantID) (any, bool) {
	best, found := 0, any(nil)
	for _, change := range c.Changes {
		if change.What != what || change.Tenant != "" && change.Tenant != tenant {
			continue
		}
		rank := 1
		switch {
		case change.Rule != "" && change.Rule == info.Label():
			rank += 2
		case change.Rule != "" || change.Pack != info.Pack:
			continue
		}
		if change.Tenant != "" {
			rank++
		}
		if rank > best {
			best, found = rank, change.Value
		}
	}
	return found, best > 0
}
