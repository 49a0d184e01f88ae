package access

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// How long things are good for.
const (
	bootstrapLife = time.Hour
	inviteLife    = 72 * time.Hour
	enrolmentLife = 30 * time.Minute
	challengeLife = 5 * time.Minute
	sessionIdle   = 30 * time.Minute
	sessionLife   = 12 * time.Hour
	freshFor      = 5 * time.Minute
	// seenEvery bounds how often a session's last use is written.
	seenEvery = time.Minute
)

// Auditor appends to the audit log in the caller's transaction. It keeps this
// package from depending on that one.
type Auditor interface {
	Append(ctx context.Context, tx bun.Tx, e nightjar.AuditEntry) error
}

// Config is what a Keeper needs.
type Config struct {
	Catalog *catalog.DB
	Vault   *secret.Vault // holds the seeds of codes
	Clock   clock.Clock
	Logger  *slog.Logger // nil discards
	Random  io.Reader    // of tokens and salts; nil means crypto/rand
	Audit   Auditor
	// Registerer takes the metrics; nil: there are none.
	Registerer prometheus.Registerer
	// Words are what a guesser of passwords would try first here, such as the
	// names of tenants; nil adds none.
	Words func(ctx context.Context, may func(nightjar.TenantID) bool) []string
	// Removed takes with a person what other parts keep for that person alone,
	// in the same transaction; nil takes nothing.
	Removed func(ctx context.Context, tx bun.Tx, person string) error
	// HashMemory is what the hash of a password takes, in KiB; 0 means as much
	// as people's passwords need. Tests that sign in a thousand times take less.
	HashMemory uint32
}

// Keeper knows the people and what they may do. It is safe for concurrent
// use, also by several processes on one catalog.
type Keeper struct {
	db     *catalog.DB
	vault  *secret.Vault
	clock  clock.Clock
	log    *slog.Logger
	random io.Reader
	audit  Auditor
	words  func(context.Context, func(nightjar.TenantID) bool) []string
	gone   func(ctx context.Context, tx bun.Tx, person string) error

	hasher  *hasher
	limits  *limits
	metrics *metrics
}

// New returns the keeper of the people in the catalog.
func New(cfg Config) (*Keeper, error) {
	if cfg.Catalog == nil || cfg.Vault == nil || cfg.Audit == nil {
		return nil, errors.New("access needs a catalog, a vault and an audit log")
	}
	k := &Keeper{
		db: cfg.Catalog, vault: cfg.Vault, clock: cfg.Clock, log: cfg.Logger, random: cfg.Random, audit: cfg.Audit, words: cfg.Words, gone: cfg.Removed,
		limits: newLimits(cfg.Clock),
	}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.random == nil {
		k.random = rand.Reader
	}
	var err error
	if k.hasher, err = newHasher(k.random, cfg.HashMemory); err != nil {
		return nil, err
	}
	if k.metrics, err = newMetrics(cfg.Registerer); err != nil {
		return nil, err
	}
	return k, nil
}

// inTx runs fn in a write transaction and, unless it fails, appends the entry
// that it returns.
func (k *Keeper) inTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error)) error {
	return k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		e, err := fn(ctx, tx)
		if err != nil {
			return err
		}
		return k.audit.Append(ctx, tx, e)
	})
}

// Now is the time that sessions and tokens go by.
func (k *Keeper) Now() time.Time { return k.clock.Now() }

// now is the time as the catalog keeps it.
func (k *Keeper) now() int64 { return catalog.Micros(k.clock.Now()) }
