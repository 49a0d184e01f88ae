package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// SetGrants replaces what a person is granted. It holds from the person's next
// request on.
func (k *Keeper) SetGrants(ctx context.Context, by Identity, person string, list []Grant) error {
	list, err := checkGrants(by, list)
	if err != nil {
		return err
	}
	return k.change(ctx, by, person, nightjar.ActionPersonGrant, func(ctx context.Context, tx bun.Tx, p personRow, e *nightjar.AuditEntry) error {
		before, err := grantsOf(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		e.Detail = map[string]string{"before": grantText(before), "after": grantText(list)}
		return putGrants(ctx, tx, p.ID, list)
	})
}

func compareGrants(a, b Grant) int {
	return strings.Compare(string(a.Tenant)+" "+string(a.Role), string(b.Tenant)+" "+string(b.Role))
}

// mayManage refuses whoever must not change people.
func mayManage(by Identity) error {
	if by.MayAll(PermPeopleManage) {
		return nil
	}
	return &nightjar.Error{Code: nightjar.CodeForbidden, Message: "you may not manage people", Hint: "ask an administrator of all tenants"}
}

// checkGrants refuses grants that are none, or that give more than by has.
func checkGrants(by Identity, list []Grant) ([]Grant, error) {
	if len(list) == 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "no role is given", Hint: "give at least one, e.g. viewer for all tenants"}
	}
	list = slices.Clone(list)
	slices.SortFunc(list, compareGrants)
	list = slices.Compact(list)
	for _, g := range list {
		if !slices.Contains(Roles(), g.Role) {
			return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("there is no role %.40q", g.Role), Hint: "the roles are viewer, helpdesk, analyst and admin"}
		}
		if g.Tenant != "" {
			if id, err := nightjar.ParseTenantID(string(g.Tenant)); err != nil || id != g.Tenant {
				return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%.40q is not the id of a tenant", g.Tenant), Hint: "nightjar tenant list shows the ids"}
			}
		}
		if !by.covers(g) {
			return nil, &nightjar.Error{
				Code: nightjar.CodeForbidden, Message: fmt.Sprintf("you cannot give %s, because you do not have it yourself", grantText([]Grant{g})),
				Hint: "ask an administrator of all tenants",
			}
		}
	}
	return list, nil
}
