package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Entry is one line of the log.
type Entry = nightjar.AuditEntry

// Config is what a Log needs.
type Config struct {
	Catalog *catalog.DB
	Clock   clock.Clock
}

// Log is the audit log. It is safe for concurrent use, also by several
// processes on one catalog: the number and hash of an entry are taken inside
// the write transaction.
type Log struct {
	db    *catalog.DB
	clock clock.Clock
}

// New returns the log in the catalog.
func New(cfg Config) (*Log, error) {
	if cfg.Catalog == nil {
		return nil, errors.New("an audit log needs a catalog")
	}
	return &Log{db: cfg.Catalog, clock: cfg.Clock}, nil
}

// Head is the end of the chain: the newest entry's number and hash. The zero
// value is that of an empty log.
type Head struct {
	Seq  int64  `bun:"seq" json:"seq"`
	Hash string `bun:"hash" json:"hash"`
}

// String writes the head as ParseHead reads it.
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Seq, h.Hash) }

// Head returns the end of the chain.
func (l *Log) Head(ctx context.Context) (Head, error) { return head(ctx, l.db) }

func head(ctx context.Context, db bun.IDB) (h Head, err error) {
	if err := db.NewRaw(sqlHead).Scan(ctx, &h); err != nil {
		return h, fmt.Errorf("read the head of the audit log: %w", catalog.Translate(err))
	}
	return h, nil
}

// Append adds an entry in the caller's transaction: the change and its record
// become durable together or not at all. Seq is given here, and Time and
// Outcome when they are zero.
func (l *Log) Append(ctx context.Context, tx bun.Tx, e Entry) error {
	if !slices.Contains(nightjar.AuditActions(), e.Action) || e.Actor.Kind == "" {
		return fmt.Errorf("an audit entry needs an actor and a known action, not %q", e.Action)
	}
	last, err := head(ctx, tx)
	if err != nil {
		return err
	}
	e.Seq = last.Seq + 1
	if e.Time.IsZero() {
		e.Time = l.clock.Now()
	}
	e.Time = e.Time.UTC().Truncate(time.Microsecond) // what the catalog keeps
	if e.Outcome == "" {
		e.Outcome = nightjar.OutcomeSuccess
	}
	e = clean(e)
	r, err := rowOf(e)
	if err != nil {
		return err
	}
	if r.Hash, err = hashOf(e, last.Hash); err != nil {
		return err
	}
	if _, err := tx.NewRaw(sqlInsert, r.Seq, r.Time, r.ActorKind, r.ActorID, r.ActorName, r.Address, r.Action, r.Tenant, r.Target, r.Detail, r.Outcome, r.Hash).Exec(ctx); err != nil {
		return fmt.Errorf("append to the audit log: %w", err)
	}
	if _, err := tx.NewRaw(sqlSetHead, r.Seq, r.Hash).Exec(ctx); err != nil {
		return fmt.Errorf("move the head of the audit log: %w", err)
	}
	return nil
}

// Record appends an entry in a transaction of its own, for what changes
// nothing in the catalog, such as a refusal or an export. The end of ctx does
// not keep it from that: whoever hangs up leaves his trace all the same.
func (l *Log) Record(ctx context.Context, e Entry) error {
	return l.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx bun.Tx) error { return l.Append(ctx, tx, e) })
}

// Do does something and records it in the first write transaction that it
// makes: the change and its record become durable together, and a change that
// cannot be recorded is not made. What makes no transaction is recorded when
// it is done. A failure is not recorded; nothing was changed.
func (l *Log) Do(ctx context.Context, e Entry, do func(ctx context.Context) error) error {
	return l.DoAll(ctx, []Entry{e}, do)
}

// DoAll is Do for something that has several entries, in this order.
func (l *Log) DoAll(ctx context.Context, entries []Entry, do func(ctx context.Context) error) error {
	appendAll := func(ctx context.Context, tx bun.Tx) error {
		for _, e := range entries {
			if err := l.Append(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	}
	joint, joined := catalog.Join(ctx, appendAll)
	if err := do(joint); err != nil {
		return err
	}
	if joined() {
		return nil
	}
	return l.db.InTx(context.WithoutCancel(ctx), appendAll)
}

// Around records something that is no change of the catalog, such as of a
// file, and does it before the record is committed: what cannot be recorded is
// not done, and what is not done is not recorded. do must not write to the
// catalog.
func (l *Log) Around(ctx context.Context, e Entry, do func(ctx context.Context) error) error {
	// Whoever hangs up in between must not undo the record alone.
	return l.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx bun.Tx) error {
		if err := l.Append(ctx, tx, e); err != nil {
			return err
		}
		return do(ctx)
	})
}
