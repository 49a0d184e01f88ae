package alert

import (
	"context"
	"fmt"

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
	prunePage    = 500

	sqlOldAlerts     = `SELECT number FROM alert_alerts WHERE closed > 0 AND closed < ? AND revision <= (SELECT copied_revision FROM alert_counters WHERE id = 1) ORDER BY closed LIMIT ?`
	sqlQuietFindings = `DELETE FROM alert_findings WHERE alert = 0 AND recorded < ? AND seq <= (SELECT copied_finding FROM alert_counters WHERE id = 1)`
	sqlOldSilences   = `DELETE FROM alert_silences WHERE expires < ?`
	sqlOldIncidents  = `DELETE FROM alert_incidents WHERE opened < ? AND NOT EXISTS (SELECT 1 FROM alert_alerts a WHERE a.incident = alert_incidents.number OR alert_incidents.merged <> 0 AND a.incident = alert_incidents.merged)`
)

// pruned are the statements that forget alerts.
func pruned() []string {
	return []string{
		`DELETE FROM alert_findings WHERE alert IN (?)`, `DELETE FROM alert_entities WHERE alert IN (?)`,
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
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for statement, before := range map[string]int64{
			sqlQuietFindings: catalog.Micros(now.Add(-keepQuiet)), sqlOldSilences: catalog.Micros(now.Add(-keepSilences)), sqlOldIncidents: catalog.Micros(now.Add(-keepClosed)),
		} {
			if _, err := tx.NewRaw(statement, before).Exec(ctx); err != nil {
				return fmt.Errorf("forget what is over: %w", err)
			}
		}
		return nil
	})
}
