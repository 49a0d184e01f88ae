package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the database/sql driver "sqlite"

	"github.com/nightjar-sec/nightjar"
)

// busyTimeout is how long a statement waits for another process's write.
// Writers of this process queue in InTx and never wait for it.
const busyTimeout = 30 * time.Second

// FileName is the catalog's name in a data directory.
const FileName = "catalog.db"

// Config says which catalog to open, and how.
type Config struct {
	// Path is the database file. It is created when absent, with mode 0600.
	Path string
	// ReadOnly opens an existing catalog without the right to write: for the
	// commands that only look while another process serves.
	ReadOnly bool
}

// DB is an open catalog. It is safe for concurrent use.
type DB struct {
	*bun.DB
	path   string
	writer chan struct{} // holds one token: the right to begin a transaction
}

// Open opens the catalog and brings its schema up to date.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if cfg.Path == "" {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the catalog has no path", Hint: "set data_dir"}
	}
	if cfg.ReadOnly {
		if _, err := os.Stat(cfg.Path); errors.Is(err, os.ErrNotExist) {
			return nil, &nightjar.Error{
				Code:    nightjar.CodeNotFound,
				Message: "there is no catalog at " + cfg.Path,
				Hint:    "run `nightjar serve` or `nightjar collect --once` first, or correct data_dir",
				Err:     err,
			}
		}
	} else if err := create(cfg.Path); err != nil {
		return nil, fmt.Errorf("create catalog %s: %w", cfg.Path, Translate(err))
	}
	sqldb, err := sql.Open("sqlite", dsn(cfg))
	if err != nil {
		return nil, fmt.Errorf("open catalog %s: %w", cfg.Path, err)
	}
	sqldb.SetMaxOpenConns(8)
	sqldb.SetMaxIdleConns(8)
	db := &DB{DB: bun.NewDB(sqldb, sqlitedialect.New()), path: cfg.Path, writer: make(chan struct{}, 1)}
	if err := prepare(ctx, sqldb, cfg.ReadOnly); err != nil {
		_ = sqldb.Close() // the first error is the one that matters
		return nil, fmt.Errorf("open catalog %s: %w", cfg.Path, Translate(err))
	}
	return db, nil
}

// Path returns the database file.
func (db *DB) Path() string { return db.path }

func prepare(ctx context.Context, sqldb *sql.DB, readOnly bool) error {
	if readOnly {
		return checkVersion(ctx, sqldb)
	}
	return migrate(ctx, sqldb)
}

// create makes the folder and the file with modes of their own, before SQLite
// would do it under the process's umask: the catalog holds sealed secrets.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return cannotCreate(filepath.Dir(path), err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func dsn(cfg Config) string {
	q := url.Values{}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	q.Add("_pragma", "foreign_keys(1)")
	if cfg.ReadOnly {
		q.Set("mode", "ro")
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "fullfsync(1)") // macOS: without it an fsync stops at the disk's cache
		// 64 MiB: the log is cut back to this size after a checkpoint, so one
		// long reader does not leave a huge file behind.
		q.Add("_pragma", "journal_size_limit(67108864)")
		q.Set("_txlock", "immediate")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: cfg.Path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}
