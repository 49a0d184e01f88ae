package catalog

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/nightjar-sec/nightjar"
)

// The migrations of all packages, numbered; each runs in its own transaction
// and is never edited once released.
//
//go:embed migrations/*.sql
var migrations embed.FS

func provider(sqldb *sql.DB) (*goose.Provider, error) {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, sqldb, sub)
}

func migrate(ctx context.Context, sqldb *sql.DB) error {
	p, err := provider(sqldb)
	if err != nil {
		return err
	}
	current, newest, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > newest {
		return newerSchema(current, newest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema from version %d to %d: %w", current, newest, err)
	}
	return nil
}

// checkVersion refuses a catalog of another schema, because a read-only
// command cannot migrate it.
func checkVersion(ctx context.Context, sqldb *sql.DB) error {
	p, err := provider(sqldb)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	var current int64
	row := sqldb.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version")
	if err := row.Scan(&current); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	switch {
	case current > newest:
		return newerSchema(current, newest)
	case current < newest:
		return &nightjar.Error{
			Code:    nightjar.CodeConflict,
			Message: fmt.Sprintf("the catalog has schema version %d, this nightjar needs %d", current, newest),
			Hint:    "start `nightjar serve` of this version once; it migrates the catalog",
		}
	default:
		return nil
	}
}

func newerSchema(current, newest int64) error {
	return &nightjar.Error{
		Code:    nightjar.CodeConflict,
		Message: fmt.Sprintf("the catalog has schema version %d, written by a newer nightjar; this one knows %d", current, newest),
		Hint:    "run the newer nightjar, or restore a backup from before the upgrade",
	}
}
