package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// importedText says what an import did.
func importedText(plan ruleset.Plan) string {
	done := map[ruleset.Action]int{}
	for _, one := range plan.Changes {
		done[one.Action]++
	}
	for _, one := range plan.Exceptions {
		done[one.Action]++
	}
	var parts []string
	for _, action := range []ruleset.Action{ruleset.Add, ruleset.Alter, ruleset.Remove} {
		if n := done[action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, map[ruleset.Action]string{ruleset.Add: "added", ruleset.Alter: "changed", ruleset.Remove: "taken back"}[action]))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing changed")
	}
	if plan.Unchanged > 0 {
		parts = append(parts, fmt.Sprintf("%d so already", plan.Unchanged))
	}
	return "imported: " + strings.Join(parts, ", ")
}

func printPlan(p Process, plan importLine) error {
	if len(plan.Changes)+len(plan.Exceptions) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "nothing would be changed: all of it is in force")
		return err
	}
	t := newColumns(p.Stdout, "ACTION", "WHAT", "OF", "TENANT", "WAS", "BECOMES")
	gone := func(title string, vanished bool) string {
		if vanished {
			title += " (gone)"
		}
		return safe(oneLine(title))
	}
	for _, one := range plan.Changes {
		c, becomes := one.Change, valueText(one.Change.Value)
		if one.Action == ruleset.Remove {
			becomes = "default"
		}
		t.row(string(one.Action), strings.TrimSpace(string(c.What)+" "+safe(oneLine(c.Name))), gone(cmp.Or(c.Title, c.Rule+c.Pack), one.Change.Vanished), cmp.Or(string(c.Tenant), "all"), valueText(one.Was), becomes)
	}
	for _, one := range plan.Exceptions {
		e, was, becomes := one.Exception, "-", "-"
		switch one.Action {
		case ruleset.Add:
			becomes = exceptionText(e, plannedExceptionOne{Tenants: e.Tenants})
		case ruleset.Remove:
			was = exceptionText(e, e)
		default:
			was, becomes = exceptionText(*one.Was, e), exceptionText(e, *one.Was)
		}
		t.row(string(one.Action), "exception "+safe(e.ID), gone(cmp.Or(e.Title, e.Rule), e.Vanished), tenantsText(e.Tenants), safe(oneLine(was)), safe(oneLine(becomes)))
	}
	return t.flush()
}

// exceptionText is what an exception takes away, and what else it has that
// another has not.
func exceptionText(e, other plannedExceptionOne) string {
	text := whereText(e.Where)
	if here := tenantsText(e.Tenants); here != tenantsText(other.Tenants) {
		text += " for " + here
	}
	switch e.Until {
	case other.Until:
	case "":
		text += " without end"
	default:
		text += " until " + e.Until
	}
	if e.Reason != other.Reason {
		text += ": " + e.Reason
	}
	return text
}

func tenantsText(tenants []nightjar.TenantID) string {
	ids := make([]string, len(tenants))
	for i, id := range tenants {
		ids[i] = string(id)
	}
	slices.Sort(ids)
	return cmp.Or(strings.Join(ids, ","), "all")
}

// valueText is a value of a change for people; - is none.
func valueText(v any) string {
	if v == nil {
		return "-"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "-"
	}
	return safe(oneLine(strings.Trim(string(b), `"`)))
}
