package alert

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// counters are the last numbers that were given out.
type counters struct {
	Finding        int64 `bun:"finding"`
	Alert          int64 `bun:"alert"`
	Incident       int64 `bun:"incident"`
	Revision       int64 `bun:"revision"`
	CopiedFinding  int64 `bun:"copied_finding"`
	CopiedRevision int64 `bun:"copied_revision"`
}

func readCounters(ctx context.Context, db bun.IDB) (c counters, err error) {
	if err := db.NewRaw(sqlCounters).Scan(ctx, &c); err != nil {
		return c, fmt.Errorf("read the counters of alerts: %w", catalog.Translate(err))
	}
	return c, nil
}

func (c counters) write(ctx context.Context, tx bun.Tx) error {
	if _, err := tx.NewRaw(sqlSetCounters, c.Finding, c.Alert, c.Incident, c.Revision).Exec(ctx); err != nil {
		return fmt.Errorf("move the counters of alerts: %w", err)
	}
	return nil
}
