package ruleset

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// maxExceptions bounds the exceptions of one rule: more is a rule to be changed.
const maxExceptions = 200

// Change makes changes, or takes those back that have no value, all or none.
// by is who asks, for people.
func (k *Keeper) Change(ctx context.Context, by string, changes ...Change) error {
	set := k.Current()
	now := k.cfg.Clock.Now()
	for i := range changes {
		c := &changes[i]
		c.Value, c.By, c.Time = canonical(c.Value), by, now
		if info := set.Info(c.Rule); info != nil {
			c.Title = info.Title
		}
		if c.Value == nil { // what vanished may be taken back too
			continue
		}
		if err := set.Check(*c); err != nil {
			return err
		}
	}
	if err := k.try(set, changes); err != nil {
		return err
	}
	return k.commit(ctx, "change rules", func(ctx context.Context, tx bun.Tx) error {
		for _, c := range changes {
			if err := putChange(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// try refuses parameters with which a rule would not load.
func (k *Keeper) try(set *Set, changes []Change) error {
	after := set.changes
	after.Changes = slices.Clone(after.Changes)
	tried := false
	for _, c := range changes {
		after.Changes = slices.DeleteFunc(after.Changes, c.same)
		if c.Value != nil {
			after.Changes = append(after.Changes, c)
		}
		tried = tried || c.What == ChangeParameter && c.Value != nil
	}
	if !tried {
		return nil
	}
	k.reload.Lock()
	next := k.load(Options{Placeholders: k.cfg.Placeholders, Changes: after, Now: k.cfg.Clock.Now()})
	k.reload.Unlock()
	for _, f := range next.Faults {
		about := slices.ContainsFunc(changes, func(c Change) bool {
			info := set.Info(c.Rule)
			return info != nil && info.File == f.File
		})
		if about && !slices.ContainsFunc(set.Faults, func(o *sigma.Fault) bool { return o.String() == f.String() }) {
			return &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the rule does not take this: " + f.Err.Message}
		}
	}
	return nil
}

// ExceptionID returns the id of an exception that is to be made: whoever records
// that it is made names it.
func (k *Keeper) ExceptionID() (string, error) {
	id := make([]byte, 6)
	if _, err := io.ReadFull(k.cfg.Random, id); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return "E-" + hex.EncodeToString(id), nil
}

// Except makes an exception of e, which needs no time, and gets an id when it
// has none.
func (k *Keeper) Except(ctx context.Context, e Exception) (Exception, error) {
	set := k.Current()
	now := k.cfg.Clock.Now()
	info := set.Info(e.Rule)
	switch {
	case info == nil:
		return e, set.Missing(e.Rule, "nightjar rule list shows them")
	case info.Kind != Detection && info.Kind != Correlation:
		return e, invalid("%q is asked on time, not of single events: exceptions stand in its query", info.Title)
	case e.Reason == "":
		return e, invalid("an exception needs a reason: who reads it later must know why it is there")
	case !e.Until.IsZero() && !e.Until.After(now):
		return e, invalid("the exception would have ended at %s", e.Until.Format(time.RFC3339))
	case len(e.Where) == 0:
		return e, invalid("an exception without fields would take everything away: switch the rule off instead")
	}
	for field, value := range e.Where {
		e.Where[field] = canonical(value)
	}
	if _, err := e.keep(); err != nil {
		return e, err
	}
	if err := set.exceptable(info, e.Where); err != nil {
		return e, err
	}
	count := 0
	for _, other := range set.changes.Exceptions {
		if other.Rule == e.Rule && other.Active(now) {
			count++
		}
	}
	if count >= maxExceptions {
		return e, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the rule has %d exceptions already", count), Hint: "end some, or change the rule"}
	}
	if e.ID == "" {
		var err error
		if e.ID, err = k.ExceptionID(); err != nil {
			return e, err
		}
	}
	e.Title, e.Created = info.Title, now.UTC().Truncate(time.Microsecond)
	return e, k.commit(ctx, "make an exception", func(ctx context.Context, tx bun.Tx) error { return putException(ctx, tx, e) })
}

// Exception finds an exception by its id.
func (s *Set) Exception(id string) (Exception, bool) {
	at := slices.IndexFunc(s.changes.Exceptions, func(e Exception) bool { return e.ID == id })
	if at < 0 {
		return Exception{}, false
	}
	return s.changes.Exceptions[at], true
}

// EndException takes an exception away.
func (k *Keeper) EndException(ctx context.Context, id string) error {
	return k.commit(ctx, "end an exception", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewRaw(sqlDropException, id).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no exception %.40q", id), Hint: "nightjar rule exceptions lists them"}
	})
}

// commit writes and puts what was written in force.
func (k *Keeper) commit(ctx context.Context, what string, write func(ctx context.Context, tx bun.Tx) error) error {
	if k.cfg.Catalog == nil {
		return &nightjar.Error{Code: nightjar.CodeUnavailable, Message: what + ": nothing is kept here"}
	}
	err := k.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := write(ctx, tx); err != nil {
			return err
		}
		_, err := tx.NewRaw(sqlCount).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	// Whoever asked has gone perhaps; what is written holds all the same.
	return k.Reload(context.WithoutCancel(ctx))
}
