package detect

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// machineRow is a row of detect_machines.
type machineRow struct {
	bun.BaseModel `bun:"table:detect_machines"`

	Machine string `bun:"machine,pk"`
	Version string `bun:"version"`
	Seq     int64  `bun:"seq"`
	Since   int64  `bun:"since"`
	State   []byte `bun:"state"` // compressed; nil while it is warmed up
}

// progressRow is the row of detect_progress.
type progressRow struct {
	bun.BaseModel `bun:"table:detect_progress"`

	ID    int64  `bun:"id,pk"`
	Begun int64  `bun:"begun"`
	Rules string `bun:"rules"`
}

// readProgress returns when detection began; false when it has not.
func readProgress(ctx context.Context, db bun.IDB) (progressRow, bool, error) {
	var row progressRow
	err := db.NewSelect().Model(&row).Where("id = 1").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("read how far detection is: %w", catalog.Translate(err))
	}
	return row, true, nil
}

func writeProgress(ctx context.Context, db bun.IDB, begun time.Time, rules string) error {
	row := progressRow{ID: 1, Begun: catalog.Micros(begun), Rules: rules}
	_, err := db.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").Set("begun = EXCLUDED.begun").Set("rules = EXCLUDED.rules").Exec(ctx)
	if err != nil {
		return fmt.Errorf("write how far detection is: %w", err)
	}
	return nil
}

// readMachines returns what was remembered, by machine.
func readMachines(ctx context.Context, db bun.IDB) (map[string]machineRow, error) {
	var rows []machineRow
	if err := db.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read what correlations remember: %w", catalog.Translate(err))
	}
	out := make(map[string]machineRow, len(rows))
	for _, r := range rows {
		out[r.Machine] = r
	}
	return out, nil
}

// writeMachines replaces what is remembered.
func writeMachines(ctx context.Context, tx bun.Tx, rows []machineRow) error {
	if _, err := tx.NewDelete().Model((*machineRow)(nil)).Where("1 = 1").Exec(ctx); err != nil {
		return fmt.Errorf("forget what correlations remembered: %w", err)
	}
	return putMachines(ctx, tx, rows)
}

// putMachines replaces what some machines remember.
func putMachines(ctx context.Context, tx bun.Tx, rows []machineRow) error {
	for _, r := range rows {
		_, err := tx.NewInsert().Model(&r).On("CONFLICT (machine) DO UPDATE").Set("version = EXCLUDED.version").
			Set("seq = EXCLUDED.seq").Set("since = EXCLUDED.since").Set("state = EXCLUDED.state").Exec(ctx)
		if err != nil {
			return fmt.Errorf("write what a correlation remembers: %w", err)
		}
	}
	return nil
}
