package schedule

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	sqlStates = `SELECT * FROM schedule_rules`
	sqlAsked  = `INSERT INTO schedule_rules (rule, until, asked, since, problem) VALUES (?, ?, ?, 0, '')
ON CONFLICT (rule) DO UPDATE SET until = excluded.until, asked = excluded.asked, since = 0, problem = ''`
	sqlProblem = `INSERT INTO schedule_rules (rule, until, asked, since, problem) VALUES (?, 0, 0, ?, ?)
ON CONFLICT (rule) DO UPDATE SET since = excluded.since, problem = excluded.problem`
	sqlLate = `INSERT INTO schedule_rules (rule, until, asked, since, problem) VALUES (?, ?, 0, 0, '')
ON CONFLICT (rule) DO UPDATE SET until = excluded.until, since = 0, problem = ''`
	sqlDropLate = `DELETE FROM schedule_rules WHERE rule = ?`
	sqlFound    = `SELECT tenant, key, until FROM schedule_found WHERE rule = ?`
	sqlPutSeen  = `INSERT INTO schedule_found (rule, tenant, key, until) VALUES (?, ?, ?, ?)
ON CONFLICT (rule, tenant, key) DO UPDATE SET until = excluded.until`
	sqlForget = `DELETE FROM schedule_found WHERE rule = ? AND until <= ?`
)

// State is how far a rule has come.
type State struct {
	Until   time.Time // end of the last span that was asked about; zero for none
	Asked   time.Time
	Since   time.Time // since when it fails; zero when it does not
	Problem string
	// Tenants are those that it fails for alone, and how far it has come there.
	Tenants map[nightjar.TenantID]State
}

// lateMark stands between a rule's label and a tenant in the rows of tenants
// that are behind. No label has it: labels are ids or names of one line.
const lateMark = "\n"

func lateKey(rule string, tenant nightjar.TenantID) string { return rule + lateMark + string(tenant) }

type stateRow struct {
	Rule    string `bun:"rule"`
	Until   int64  `bun:"until"`
	Asked   int64  `bun:"asked"`
	Since   int64  `bun:"since"`
	Problem string `bun:"problem"`
}

// ReadStates tells how far each rule has come, by label.
func ReadStates(ctx context.Context, db bun.IDB) (map[string]State, error) {
	var rows []stateRow
	if err := db.NewRaw(sqlStates).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read how far scheduled rules have come: %w", catalog.Translate(err))
	}
	out := make(map[string]State, len(rows))
	stated := func(micros int64) time.Time {
		if micros == 0 {
			return time.Time{}
		}
		return catalog.Time(micros)
	}
	for _, r := range rows {
		rule, tenant, late := strings.Cut(r.Rule, lateMark)
		one := State{Until: stated(r.Until), Asked: stated(r.Asked), Since: stated(r.Since), Problem: r.Problem}
		state := out[rule]
		if late {
			if state.Tenants == nil {
				state.Tenants = map[nightjar.TenantID]State{}
			}
			state.Tenants[nightjar.TenantID(tenant)] = one
		} else {
			one.Tenants = state.Tenants
			state = one
		}
		out[rule] = state
	}
	return out, nil
}

func putAsked(ctx context.Context, tx bun.Tx, rule string, until, asked time.Time) error {
	if _, err := tx.NewRaw(sqlAsked, rule, catalog.Micros(until), catalog.Micros(asked)).Exec(ctx); err != nil {
		return fmt.Errorf("keep how far a scheduled rule has come: %w", err)
	}
	return nil
}

// putLate keeps how far a tenant has come that is behind the others.
func putLate(ctx context.Context, tx bun.Tx, rule string, tenant nightjar.TenantID, until time.Time) error {
	if _, err := tx.NewRaw(sqlLate, lateKey(rule, tenant), catalog.Micros(until)).Exec(ctx); err != nil {
		return fmt.Errorf("keep how far a scheduled rule has come for tenant %s: %w", tenant, err)
	}
	return nil
}

// dropLate forgets that a tenant was behind the others.
func dropLate(ctx context.Context, tx bun.Tx, rule string, tenant nightjar.TenantID) error {
	if _, err := tx.NewRaw(sqlDropLate, lateKey(rule, tenant)).Exec(ctx); err != nil {
		return fmt.Errorf("forget that a scheduled rule was behind for tenant %s: %w", tenant, err)
	}
	return nil
}

func putProblem(ctx context.Context, db *catalog.DB, rule string, since time.Time, problem string) error {
	return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(sqlProblem, rule, catalog.Micros(since), problem).Exec(ctx)
		return err
	})
}

// foundKey tells what was found apart.
type foundKey struct {
	tenant nightjar.TenantID
	key    string
}

func readFound(ctx context.Context, db bun.IDB, rule string) (map[foundKey]time.Time, error) {
	var rows []struct {
		Tenant string `bun:"tenant"`
		Key    string `bun:"key"`
		Until  int64  `bun:"until"`
	}
	if err := db.NewRaw(sqlFound, rule).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read what a scheduled rule found: %w", catalog.Translate(err))
	}
	out := make(map[foundKey]time.Time, len(rows))
	for _, r := range rows {
		out[foundKey{nightjar.TenantID(r.Tenant), r.Key}] = catalog.Time(r.Until)
	}
	return out, nil
}

func putFound(ctx context.Context, tx bun.Tx, rule string, k foundKey, until time.Time) error {
	if _, err := tx.NewRaw(sqlPutSeen, rule, string(k.tenant), k.key, catalog.Micros(until)).Exec(ctx); err != nil {
		return fmt.Errorf("keep what a scheduled rule found: %w", err)
	}
	return nil
}

func forgetFound(ctx context.Context, tx bun.Tx, rule string, before time.Time) error {
	if _, err := tx.NewRaw(sqlForget, rule, catalog.Micros(before)).Exec(ctx); err != nil {
		return fmt.Errorf("forget what a scheduled rule found: %w", err)
	}
	return nil
}
