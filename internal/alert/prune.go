package alert

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	// keepClosed is how long the catalog keeps a closed alert with its findings
	// and history: a year and a month, so that a year can be looked back on.
	// The tables of the journal keep theirs as their retention says.
	keepClosed = 396 * day
	// keepQuiet is how long it keeps findings that alert nobody. It is longer
	// than any rule looks back, so that what is replayed is still known.
	keepQuiet = 90 * day
	// keepSilences is how long silences are shown after their end.
	keepSilences = 396 * day
	// keepWhole is of how many findings of an alert the catalog keeps all that
	// they say: the newest. It keeps the others by their ids alone, as long as
	// they may be recorded again; the journal has them whole.
	keepWhole = 1000
	prunePage = 500 // rows of one transaction

	sqlOldAlerts     = `SELECT number FROM alert_alerts WHERE closed > 0 AND closed < ? AND revision <= (SELECT copied_revision FROM alert_counters WHERE id = 1) ORDER BY closed LIMIT ?`
	sqlQuietFindings = `DELETE FROM alert_findings WHERE seq IN (SELECT f.seq FROM alert_findings f WHERE f.alert = 0 AND f.recorded < ? AND f.seq <= (SELECT copied_finding FROM alert_counters WHERE id = 1) LIMIT ?)`
	sqlOldSilences   = `DELETE FROM alert_silences WHERE id IN (SELECT s.id FROM alert_silences s WHERE s.expires < ? LIMIT ?)`
	sqlOldIncidents  = `DELETE FROM alert_incidents WHERE number IN (SELECT i.number FROM alert_incidents i WHERE i.opened < ? AND NOT EXISTS
	(SELECT 1 FROM alert_alerts a WHERE a.incident = i.number OR i.merged <> 0 AND a.incident = i.merged) LIMIT ?)`

	sqlForgetFindings = `DELETE FROM alert_findings WHERE seq IN (SELECT f.seq FROM alert_findings f WHERE f.alert IN (?) LIMIT ?)`

	sqlBigAlerts = `SELECT number FROM alert_alerts WHERE findings > ? ORDER BY number`
	sqlStrip     = `UPDATE alert_findings SET reason = '', tags = '', entities = '', events = '', field_values = '' WHERE seq IN (SELECT f.seq FROM alert_findings f
	WHERE f.alert = ? AND f.events <> '' AND f.seq <= (SELECT copied_finding FROM alert_counters WHERE id = 1)
	AND f.seq < (SELECT g.seq FROM alert_findings g WHERE g.alert = ? ORDER BY g.seq DESC LIMIT 1 OFFSET ?) ORDER BY f.seq DESC LIMIT ?)`
	sqlForgetStripped = `DELETE FROM alert_findings WHERE seq IN (SELECT f.seq FROM alert_findings f WHERE f.alert = ? AND f.events = '' AND f.recorded < ? LIMIT ?)`
)

// pruned are the statements that forget alerts.
func pruned() []string {
	return []string{
		`DELETE FROM alert_entities WHERE alert IN (?)`,
		`DELETE FROM alert_history WHERE alert IN (?)`, `DELETE FROM alert_alerts WHERE number IN (?)`,
	}
}

// Prune forgets closed alerts, findings that alert nobody, and silences that
// are long over. Open alerts stay, however old, and so does what is not copied
// to the journal yet.
func (k *Keeper) Prune(ctx context.Context) error {
	now := k.now()
	for {
		var old []int64
		if err := k.db.NewRaw(sqlOldAlerts, catalog.Micros(now.Add(-keepClosed)), prunePage).Scan(ctx, &old); err != nil {
			return fmt.Errorf("look for old alerts: %w", catalog.Translate(err))
		}
		if len(old) == 0 {
			break
		}
		if err := k.pages(ctx, sqlForgetFindings, bun.List(old)); err != nil {
			return err
		}
		err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			for _, statement := range pruned() {
				if _, err := tx.NewRaw(statement, bun.List(old)).Exec(ctx); err != nil {
					return fmt.Errorf("forget old alerts: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := k.strip(ctx, now); err != nil {
		return err
	}
	for statement, before := range map[string]int64{
		sqlQuietFindings: catalog.Micros(now.Add(-keepQuiet)), sqlOldSilences: catalog.Micros(now.Add(-keepSilences)), sqlOldIncidents: catalog.Micros(now.Add(-keepClosed)),
	} {
		if err := k.pages(ctx, statement, before); err != nil {
			return err
		}
	}
	return nil
}

// strip forgets what the older findings of alerts of many said, and in the end
// that they were.
func (k *Keeper) strip(ctx context.Context, now time.Time) error {
	var big []int64
	if err := k.db.NewRaw(sqlBigAlerts, keepWhole).Scan(ctx, &big); err != nil {
		return fmt.Errorf("look for alerts of many findings: %w", catalog.Translate(err))
	}
	for _, number := range big {
		if err := k.pages(ctx, sqlStrip, number, number, keepWhole-1); err != nil {
			return err
		}
		if err := k.pages(ctx, sqlForgetStripped, number, catalog.Micros(now.Add(-keepQuiet))); err != nil {
			return err
		}
	}
	return nil
}

// pages runs a statement, whose last argument is how many rows it changes,
// until it has nothing left to change. Others write in between.
func (k *Keeper) pages(ctx context.Context, statement string, args ...any) error {
	args = append(args, prunePage)
	for {
		changed := int64(0)
		err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			result, err := tx.NewRaw(statement, args...).Exec(ctx)
			if err != nil {
				return fmt.Errorf("forget what is over: %w", err)
			}
			changed, err = result.RowsAffected()
			return err
		})
		if err != nil {
			return err
		}
		if changed < prunePage {
			return nil
		}
	}
}
