// Package catalogtest opens catalogs for tests, which need hundreds of them:
// the migrations run once in a process, and every new catalog begins as a copy
// of what they made. Nothing that ships imports it.
package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Open opens a catalog as catalog.Open does; one that is not there begins with
// the schema in place.
func Open(ctx context.Context, cfg catalog.Config) (*catalog.DB, error) {
	if _, err := os.Stat(cfg.Path); !cfg.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		if err := lay(cfg.Path); err != nil {
			return nil, fmt.Errorf("lay catalog %s: %w", cfg.Path, err)
		}
	}
	return catalog.Open(ctx, cfg)
}

func lay(path string) error {
	empty, err := migrated()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, empty, 0o600)
}

// migrated is the file of a catalog without rows.
var migrated = sync.OnceValues(func() (empty []byte, err error) {
	dir, err := os.MkdirTemp("", "catalogtest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, catalog.FileName)
	db, err := catalog.Open(context.Background(), catalog.Config{Path: path})
	if err != nil {
		return nil, err
	}
	// The last connection writes the log back into the file.
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
