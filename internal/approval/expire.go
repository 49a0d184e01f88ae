package approval

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Run writes down what expired, and forgets what is long over, until ctx ends.
// Nothing depends on when: what is over is refused from its last moment on.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		if err := k.Sweep(ctx); err != nil {
			k.log.WarnContext(ctx, "what expired is not written down", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.clock.After(sweepEvery):
		}
	}
}

// Sweep does once what Run does again and again.
func (k *Keeper) Sweep(ctx context.Context) error {
	now := k.clock.Now()
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []row
		if err := tx.NewRaw(sqlOverdue, catalog.Micros(now)).Scan(ctx, &rows); err != nil {
			return fmt.Errorf("list what expired: %w", err)
		}
		for _, r := range rows {
			if _, err := tx.NewRaw(sqlEnd, string(StateExpired), r.Expires, r.ID, r.State).Exec(ctx); err != nil {
				return fmt.Errorf("write an approval: %w", err)
			}
			e := r.approval(now).entry(nightjar.ActionApprovalExpire, access.Identity{})
			e.Actor = nightjar.Actor{Name: "nightjar", Kind: nightjar.ActorSystem}
			e.Detail["was"] = r.State
			if err := k.audit.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		if _, err := tx.NewRaw(sqlForget, catalog.Micros(now.Add(-kept))).Exec(ctx); err != nil {
			return fmt.Errorf("forget old approvals: %w", err)
		}
		return nil
	})
}
