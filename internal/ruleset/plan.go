package ruleset

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// maxImport bounds the changes and exceptions of one file.
const maxImport = 5000

// maxFields bounds the names of fields that are looked at for slips.
const maxFields = 200

// Action is what an import does with one thing.
type Action string

// The actions.
const (
	Add    Action = "add"
	Alter  Action = "change"
	Remove Action = "remove"
)

// Import says how a file of changes is taken.
type Import struct {
	By string // who imports, for people
	// Tenants are those whose changes are replaced; nil: of all tenants, and
	// what holds for all of them. Of what is for others, a file may have no more
	// than what is in force.
	Tenants []nightjar.TenantID
	// Restore keeps owners and times as the file has them, and who made a change
	// beside who imports it. Otherwise who imports is who made what is new, and now.
	Restore bool
}

// covers reports whether what holds for these tenants is replaced; none is all.
func (i Import) covers(tenants ...nightjar.TenantID) bool {
	if i.Tenants == nil {
		return true
	}
	return len(tenants) > 0 && !slices.ContainsFunc(tenants, func(t nightjar.TenantID) bool { return !slices.Contains(i.Tenants, t) })
}

// Plan is what an import would do. Nothing of it is done yet.
type Plan struct {
	Changes    []PlannedChange
	Exceptions []PlannedException
	// Unchanged is how much of the file is in force already.
	Unchanged int
	// Beyond are the tenants outside of the import for which the file has
	// something else than is in force; "" is all. With any it is not applied.
	Beyond []nightjar.TenantID
	// Version is of the changes that the file was held against.
	Version int64

	by  string
	now time.Time
}

// PlannedChange is what becomes of a change.
type PlannedChange struct {
	Action Action
	Change Change // as it will be, or as it was when it is taken back
	Was    any    // its value; nil when it is new
	// Vanished says that it does nothing: what it is about is not there.
	Vanished bool
}

// PlannedException is what becomes of an exception.
type PlannedException struct {
	Action    Action
	Exception Exception  // as it will be, or as it was when it ends
	Was       *Exception // nil when it is new
	Vanished  bool
}

// Plan holds a file against what is in force: what is not in it is taken back.
// What is about rules that are not there is planned all the same, and said.
func (k *Keeper) Plan(file Changes, how Import) (Plan, error) {
	if len(file.Changes)+len(file.Exceptions) > maxImport {
		return Plan{}, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the file has more than %d changes and exceptions", maxImport), Hint: "change the rules themselves"}
	}
	in := k.current.Load()
	p := planner{k: k, set: in.set, how: how, fields: map[[2]string]bool{}, plan: Plan{Version: in.version, by: how.By, now: k.cfg.Clock.Now().UTC().Truncate(time.Microsecond)}}
	if err := p.changes(file.Changes); err != nil {
		return Plan{}, err
	}
	if err := p.exceptions(file.Exceptions); err != nil {
		return Plan{}, err
	}
	if len(p.plan.Beyond) > 0 {
		return p.plan, nil
	}
	return p.plan, k.try(in.set, p.plan.put())
}

// Empty reports whether an import would do nothing.
func (p Plan) Empty() bool { return len(p.Changes)+len(p.Exceptions) == 0 }

// put are the changes as Change takes them.
func (p Plan) put() []Change {
	out := make([]Change, len(p.Changes))
	for i, c := range p.Changes {
		if out[i] = c.Change; c.Action == Remove {
			out[i].Value = nil
		}
	}
	return out
}

// planner makes a plan.
type planner struct {
	k    *Keeper
	set  *Set
	how  Import
	plan Plan
	// fields are those of rules that were looked at for slips.
	fields map[[2]string]bool
}

// beyond remembers tenants that the file may not change.
func (p *planner) beyond(tenants ...nightjar.TenantID) {
	if len(tenants) == 0 {
		tenants = []nightjar.TenantID{""}
	}
	for _, t := range tenants {
		if !p.how.covers(t) && !slices.Contains(p.plan.Beyond, t) {
			p.plan.Beyond = append(p.plan.Beyond, t)
		}
	}
}
