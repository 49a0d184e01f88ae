package ruleset

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

func (p *planner) changes(file []Change) error {
	now := map[key]Change{}
	for _, c := range p.set.changes.Changes {
		now[c.key()] = c
	}
	named := map[key]bool{}
	for _, c := range file {
		if named[c.key()] {
			return atLine(c.line, invalid("the file says twice what the %s of %s is", c.described(), titled(c.Title, c.Rule+c.Pack)))
		}
		named[c.key()] = true
		was, known := now[c.key()]
		var err error
		if c.Value, err = settled(c.Value); err != nil {
			return atLine(c.line, err)
		}
		switch {
		case known && reflect.DeepEqual(was.Value, c.Value) && was.Reason == c.Reason:
			p.plan.Unchanged++
			continue
		case !p.how.covers(one(c.Tenant)...):
			p.beyond(one(c.Tenant)...)
			continue
		}
		if err := p.change(c, was, known); err != nil {
			return atLine(c.line, err)
		}
	}
	for _, c := range p.set.changes.Changes {
		if !named[c.key()] && p.how.covers(one(c.Tenant)...) {
			p.plan.Changes = append(p.plan.Changes, PlannedChange{Remove, c, c.Value, p.set.Check(c) != nil})
		}
	}
	return nil
}

// change plans one that is new or other than it was.
func (p *planner) change(c, was Change, known bool) error {
	err := p.set.Check(c)
	if err != nil && nightjar.CodeOf(err) != nightjar.CodeNotFound {
		return err
	}
	c.By = p.how.maker(c.By)
	if !p.how.Restore || c.Time.IsZero() {
		c.Time = p.plan.now
	}
	if info := p.set.Info(c.Rule); info != nil {
		c.Title = info.Title
	}
	planned := PlannedChange{Add, c, nil, err != nil}
	if known {
		planned.Action, planned.Was = Alter, was.Value
	}
	p.plan.Changes = append(p.plan.Changes, planned)
	return nil
}

// importedBy stands behind the name of who made a change that somebody else
// brought here.
const importedBy = " (imported by "

// maker says who made a change that a file has as somebody's: who is named, as
// long as the file is a copy, and who imports it. A file can be edited.
func (i Import) maker(named string) string {
	first, _, _ := strings.Cut(named, importedBy)
	if !i.Restore || first == "" || first == i.By {
		return i.By
	}
	return first + importedBy + i.By + ")"
}

// one are the tenants that a change is for; none is all.
func one(t nightjar.TenantID) []nightjar.TenantID {
	if t == "" {
		return nil
	}
	return []nightjar.TenantID{t}
}

// settled is a value as it comes back from the catalog.
func settled(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, invalid("a value of the file is no text, number, boolean or list of them")
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, err
	}
	return canonical(out), nil
}
