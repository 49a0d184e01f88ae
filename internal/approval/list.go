package approval

import (
	"context"
	"fmt"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Get returns an approval to somebody who may know of it.
func (k *Keeper) Get(ctx context.Context, by access.Identity, id string) (Approval, error) {
	a, err := k.read(ctx, k.db, id)
	if err != nil {
		return a, err
	}
	if !a.Sees(by) {
		return Approval{}, unknown()
	}
	return a, nil
}

// List returns the approvals that somebody may know of, the newest first: the
// open ones, or all of the last thirty days.
func (k *Keeper) List(ctx context.Context, by access.Identity, all bool) ([]Approval, error) {
	now := k.clock.Now()
	statement, args := sqlOpen, []any{catalog.Micros(now)}
	if all {
		statement, args = sqlAll, nil
	}
	var rows []row
	if err := k.db.NewRaw(statement, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("list approvals: %w", catalog.Translate(err))
	}
	var out []Approval
	for _, r := range rows {
		if a := r.approval(now); a.Sees(by) {
			out = append(out, a)
		}
	}
	return out, nil
}
