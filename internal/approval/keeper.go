package approval

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	// life is how long an ask waits for its second person, and a grant for
	// being used.
	life = time.Hour
	// maxOpen bounds what waits of one person: nobody can bury an ask among
	// others.
	maxOpen = 20
	// kept is how long what is over is shown. The audit log keeps it for ever.
	kept = 30 * 24 * time.Hour
	// sweepEvery is how often what is over is written down as such.
	sweepEvery = time.Minute
)

// Auditor appends to the audit log in the caller's transaction. It keeps this
// package from depending on that one.
type Auditor interface {
	Append(ctx context.Context, tx bun.Tx, e nightjar.AuditEntry) error
}

// Config is what a Keeper needs.
type Config struct {
	Catalog *catalog.DB
	Clock   clock.Clock
	Audit   Auditor
	Logger  *slog.Logger // nil discards
	Random  io.Reader    // of ids; nil means crypto/rand
}

// Keeper keeps approvals. It is safe for concurrent use, also by several
// processes on one catalog.
type Keeper struct {
	db     *catalog.DB
	clock  clock.Clock
	audit  Auditor
	log    *slog.Logger
	random io.Reader
}

// New returns the keeper of the approvals in the catalog.
func New(cfg Config) (*Keeper, error) {
	if cfg.Catalog == nil || cfg.Audit == nil {
		return nil, errors.New("approvals need a catalog and an audit log")
	}
	k := &Keeper{db: cfg.Catalog, clock: cfg.Clock, audit: cfg.Audit, log: cfg.Logger, random: cfg.Random}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if k.random == nil {
		k.random = rand.Reader
	}
	return k, nil
}

func (k *Keeper) newID() (string, error) {
	b := make([]byte, 12)
	if _, err := io.ReadFull(k.random, b); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// read returns an approval as it is now.
func (k *Keeper) read(ctx context.Context, db bun.IDB, id string) (Approval, error) {
	var r row
	err := db.NewRaw(sqlByID, bindable(id)).Scan(ctx, &r)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Approval{}, unknown()
	case err != nil:
		return Approval{}, fmt.Errorf("read an approval: %w", catalog.Translate(err))
	}
	return r.approval(k.clock.Now()), nil
}

// end closes an approval that is as it was read.
func (k *Keeper) end(ctx context.Context, tx bun.Tx, a Approval, as State) error {
	res, err := tx.NewRaw(sqlEnd, string(as), catalog.Micros(k.clock.Now()), a.ID, string(a.State)).Exec(ctx)
	return moved(res, err)
}

// moved reports an update that found nothing to move.
func moved(res sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("write an approval: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("write an approval: %w", err)
	}
	if n != 1 {
		return over()
	}
	return nil
}

func unknown() error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there is no such approval", Hint: "the open ones are under Settings, Approvals"}
}

func over() error {
	return &nightjar.Error{Code: nightjar.CodeConflict, Message: "this approval is no longer open", Hint: "look at it again; what is still wanted is asked for anew"}
}

// bindable makes text from outside fit for a statement: arguments are written
// into it, where a NUL would end it.
func bindable(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
