package ruleset

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// exceptionID is the form of the ids that Nightjar gives.
var exceptionID = regexp.MustCompile(`^E-[0-9a-f]{12}$`)

func (p *planner) exceptions(file []Exception) error {
	now := p.set.changes.Exceptions
	named := map[string]bool{}
	for i := range file {
		e := &file[i]
		for field, value := range e.Where {
			var err error
			if e.Where[field], err = settled(value); err != nil {
				return atLine(e.line, err)
			}
		}
		if e.ID == "" {
			continue
		}
		if named[e.ID] || !exceptionID.MatchString(e.ID) {
			return atLine(e.line, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the file has the exception %.40q twice, or that is no id", e.ID), Hint: "leave the id out of what is new"})
		}
		named[e.ID] = true
	}
	for _, e := range file {
		at := slices.IndexFunc(now, func(o Exception) bool {
			if e.ID != "" {
				return o.ID == e.ID
			}
			return !named[o.ID] && e.same(o) // what a person wrote, imported again
		})
		if at >= 0 {
			e.ID = now[at].ID
			named[e.ID] = true
		}
		if err := p.exception(e, at); err != nil {
			return atLine(e.line, err)
		}
	}
	for _, e := range now {
		if !named[e.ID] && p.how.covers(e.Tenants...) {
			p.plan.Exceptions = append(p.plan.Exceptions, PlannedException{Remove, e, &e, p.set.Info(e.Rule) == nil})
		}
	}
	return p.tooMany()
}

// exception plans one of the file; at is its place among those in force.
func (p *planner) exception(e Exception, at int) error {
	planned := PlannedException{Action: Add}
	if at >= 0 {
		was := p.set.changes.Exceptions[at]
		if e.same(was) && (!p.how.Restore || e.Owner == "" || e.Owner == was.Owner) {
			p.plan.Unchanged++
			return nil
		}
		if !p.how.covers(was.Tenants...) {
			return &nightjar.Error{
				Code: nightjar.CodeConflict, Message: "the file changes the exception " + e.ID + ", which is not for the tenants of the import alone",
				Hint: "leave its id out to make another one of it",
			}
		}
		planned.Action, planned.Was = Alter, &was
		e.Created = was.Created
	}
	if !p.how.covers(e.Tenants...) {
		p.beyond(e.Tenants...)
		return nil
	}
	if _, err := e.keep(); err != nil {
		return err
	}
	info := p.set.Info(e.Rule)
	switch planned.Vanished = info == nil; {
	case info != nil && info.Kind != Detection && info.Kind != Correlation:
		return invalid("%q is asked on time, not of single events: exceptions stand in its query", info.Title)
	case info != nil:
		if err := p.fresh(info, e); err != nil {
			return err
		}
		e.Title = info.Title
	}
	if !p.how.Restore || e.Owner == "" {
		e.Owner = p.how.By
	}
	if e.Created.IsZero() || !p.how.Restore && planned.Was == nil {
		e.Created = p.plan.now
	}
	if e.ID == "" {
		var err error
		if e.ID, err = p.k.ExceptionID(); err != nil {
			return err
		}
	}
	planned.Exception = e
	p.plan.Exceptions = append(p.plan.Exceptions, planned)
	return nil
}

// fresh refuses what an exception that is made by itself is refused for. What
// is restored may have ended: then it takes nothing away, whatever its fields.
func (p *planner) fresh(info *Info, e Exception) error {
	switch ended := !e.Active(p.plan.now); {
	case ended && p.how.Restore:
		return nil
	case ended:
		return &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the exception would have ended at " + e.Until.UTC().Format(time.RFC3339), Hint: "leave it out, or let it end later"}
	}
	unseen := map[string]any{}
	for key, value := range e.Where {
		field, _, _ := strings.Cut(key, "|")
		at := [2]string{info.Label(), field}
		if !p.fields[at] && len(p.fields) < maxFields {
			p.fields[at], unseen[key] = true, value
		}
	}
	if len(unseen) == 0 {
		return nil
	}
	return p.set.exceptable(info, unseen)
}

// same reports whether two exceptions take the same away, for the same reason.
func (e Exception) same(o Exception) bool {
	return e.Rule == o.Rule && e.Reason == o.Reason && e.Until.Equal(o.Until) && reflect.DeepEqual(e.Where, o.Where) &&
		slices.Equal(slices.Sorted(slices.Values(e.Tenants)), slices.Sorted(slices.Values(o.Tenants)))
}

// tooMany refuses more exceptions of a rule than there may be.
func (p *planner) tooMany() error {
	count := map[string]int{}
	for _, e := range p.set.changes.Exceptions {
		if e.Active(p.plan.now) {
			count[e.Rule]++
		}
	}
	for _, planned := range p.plan.Exceptions {
		if planned.Was != nil && planned.Was.Active(p.plan.now) {
			count[planned.Was.Rule]--
		}
		if e := planned.Exception; planned.Action != Remove && e.Active(p.plan.now) {
			count[e.Rule]++
		}
	}
	for _, planned := range p.plan.Exceptions {
		if e := planned.Exception; planned.Action != Remove && count[e.Rule] > maxExceptions {
			return &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("%s would have more than %d exceptions", titled(e.Title, e.Rule), maxExceptions), Hint: "change the rule"}
		}
	}
	return nil
}
