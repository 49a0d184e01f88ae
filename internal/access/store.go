package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"

	nightjar "github.com/nightjar-sec/nightjar"
)

// The kinds of credentials.
const (
	credentialPassword = "password"
	credentialTOTP     = "totp"
	credentialRecovery = "recovery"
)

type personRow struct {
	ID        string `bun:"id"`
	Name      string `bun:"name"`
	Created   int64  `bun:"created"`
	Disabled  int64  `bun:"disabled"`
	LastLogin int64  `bun:"last_login"`
}

type credentialRow struct {
	ID      string `bun:"id"`
	Person  string `bun:"person"`
	Kind    string `bun:"kind"`
	Data    string `bun:"data"`
	Counter int64  `bun:"counter"`
	Used    int64  `bun:"used"`
}

type grantRow struct {
	Holder string `bun:"holder"`
	Role   string `bun:"role"`
	Tenant string `bun:"tenant"`
}

// one reads one row; found is false when there is none.
func one[T any](ctx context.Context, db bun.IDB, statement string, args ...any) (row T, found bool, err error) {
	switch err := db.NewRaw(statement, bindable(args)...).Scan(ctx, &row); {
	case errors.Is(err, sql.ErrNoRows):
		return row, false, nil
	case err != nil:
		return row, false, fmt.Errorf("read from the tables of access: %w", catalog.Translate(err))
	}
	return row, true, nil
}

// many reads all rows.
func many[T any](ctx context.Context, db bun.IDB, statement string, args ...any) (rows []T, err error) {
	if err := db.NewRaw(statement, bindable(args)...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read from the tables of access: %w", catalog.Translate(err))
	}
	return rows, nil
}

// run executes statements that have no answer.
func run(ctx context.Context, tx bun.Tx, statement string, args ...any) error {
	if _, err := tx.NewRaw(statement, bindable(args)...).Exec(ctx); err != nil {
		return fmt.Errorf("write to the tables of access: %w", err)
	}
	return nil
}

// bindable makes text from outside fit for a statement: arguments are written
// into it, where a NUL would end it.
func bindable(args []any) []any {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = strings.ReplaceAll(text, "\x00", "\uFFFD")
		}
	}
	return args
}

func grantsOf(ctx context.Context, db bun.IDB, holder string) ([]Grant, error) {
	rows, err := many[grantRow](ctx, db, sqlGrants, holder)
	if err != nil {
		return nil, err
	}
	return grants(rows), nil
}

func grants(rows []grantRow) []Grant {
	out := make([]Grant, len(rows))
	for i, r := range rows {
		out[i] = Grant{Role: Role(r.Role), Tenant: nightjar.TenantID(r.Tenant)}
	}
	return out
}

// putGrants replaces the grants of a holder.
func putGrants(ctx context.Context, tx bun.Tx, holder string, list []Grant) error {
	if err := run(ctx, tx, sqlDropGrants, holder); err != nil {
		return err
	}
	for _, g := range list {
		if err := run(ctx, tx, sqlAddGrant, holder, string(g.Role), string(g.Tenant)); err != nil {
			return err
		}
	}
	return nil
}

// admins counts the people who can do everything.
func admins(ctx context.Context, db bun.IDB) (n int, err error) {
	if err := db.NewRaw(sqlAdmins).Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("count administrators: %w", catalog.Translate(err))
	}
	return n, nil
}

// grantText writes grants for the audit log.
func grantText(list []Grant) string {
	parts := make([]string, len(list))
	for i, g := range list {
		parts[i] = string(g.Role) + "@*"
		if g.Tenant != "" {
			parts[i] = string(g.Role) + "@" + string(g.Tenant)
		}
	}
	return strings.Join(parts, " ")
}
