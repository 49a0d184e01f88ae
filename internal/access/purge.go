package access

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// purgeEvery is how often what is over is removed. Nothing depends on it: what
// is over is refused from its last moment on.
const purgeEvery = time.Hour

// Run removes sessions, challenges, enrolments and invitations that are over,
// until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		if err := k.purge(ctx); err != nil {
			k.log.WarnContext(ctx, "what is over is not removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.clock.After(purgeEvery):
		}
	}
}

func (k *Keeper) purge(ctx context.Context) error {
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := k.clock.Now()
		if err := run(ctx, tx, sqlOldSessions, catalog.Micros(now.Add(-sessionIdle)), catalog.Micros(now.Add(-sessionLife))); err != nil {
			return err
		}
		if err := run(ctx, tx, sqlDropChallenges, catalog.Micros(now), ""); err != nil {
			return err
		}
		if err := run(ctx, tx, sqlOldCeremonies, catalog.Micros(now)); err != nil {
			return err
		}
		old, err := many[enrolmentRow](ctx, tx, sqlOldEnrolments, catalog.Micros(now))
		if err != nil {
			return err
		}
		for _, e := range old {
			if err := k.dropEnrolment(ctx, tx, e); err != nil {
				return err
			}
		}
		return k.dropInvites(ctx, tx, sqlOldInvites, catalog.Micros(now))
	})
}
