package alert

import (
	"cmp"
	"context"
	"slices"

	"github.com/nightjar-sec/nightjar"
)

const (
	// maxRelated is how many related alerts are told.
	maxRelated = 12
	// lookRelated is how many about the same, and of the same rule, are looked at.
	lookRelated = 20
)

// Related returns other alerts of a tenant that help to judge one: about the
// same user, else about the first that it is about, and of the same rule. The
// alert before it stands first, then the newest.
func (k *Keeper) Related(ctx context.Context, a Alert) ([]Alert, error) {
	of := []nightjar.TenantID{a.Tenant}
	asked := []Filter{{Tenants: of, Rule: a.Rule, Limit: lookRelated}}
	if e, found := mostAbout(a.Entities); found {
		asked = append(asked, Filter{Tenants: of, Entity: string(e.Kind) + ":" + e.Value, Limit: lookRelated})
	}
	var out []Alert
	for _, f := range asked {
		found, _, err := k.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if o.ID != a.ID && !slices.ContainsFunc(out, func(other Alert) bool { return other.ID == o.ID }) {
				out = append(out, o)
			}
		}
	}
	if a.Previous != "" && !slices.ContainsFunc(out, func(o Alert) bool { return o.ID == a.Previous }) {
		switch before, err := k.Get(ctx, of, a.Previous); {
		case err == nil:
			out = append(out, before)
		case nightjar.CodeOf(err) != nightjar.CodeNotFound: // it may be forgotten by now
			return nil, err
		}
	}
	slices.SortFunc(out, func(x, y Alert) int {
		switch {
		case x.ID == a.Previous:
			return -1
		case y.ID == a.Previous:
			return 1
		default:
			return cmp.Compare(y.Number, x.Number)
		}
	})
	return out[:min(len(out), maxRelated)], nil
}

// mostAbout is whom an alert is about most: a user tells more than the address
// that half of a company shares.
func mostAbout(all []nightjar.Entity) (nightjar.Entity, bool) {
	at := max(0, slices.IndexFunc(all, func(e nightjar.Entity) bool { return e.Kind == nightjar.EntityUser }))
	if at >= len(all) {
		return nightjar.Entity{}, false
	}
	return all[at], true
}

// Evidence returns the events that the latest findings of an alert rest on.
func (k *Keeper) Evidence(ctx context.Context, a Alert, findings int) ([]nightjar.EventRef, error) {
	found, _, err := k.Findings(ctx, []nightjar.TenantID{a.Tenant}, a.ID, "", findings)
	if err != nil {
		return nil, err
	}
	var out []nightjar.EventRef
	for _, f := range found {
		out = append(out, f.Events...)
	}
	return out, nil
}
