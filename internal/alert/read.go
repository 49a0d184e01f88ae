package alert

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// Get returns an alert. tenants are those that the caller may see; nil means
// all. One of another tenant is not there.
func (k *Keeper) Get(ctx context.Context, tenants []nightjar.TenantID, id string) (Alert, error) {
	a, err := k.seen(ctx, k.db, tenants, id)
	if err != nil {
		return Alert{}, err
	}
	return a.Alert, nil
}

func (k *Keeper) seen(ctx context.Context, db bun.IDB, tenants []nightjar.TenantID, id string) (*kept, error) {
	a, err := readAlert(ctx, db, id)
	if err != nil {
		return nil, err
	}
	if tenants != nil && !slices.Contains(tenants, a.Tenant) {
		return nil, missing(id)
	}
	return a, nil
}
