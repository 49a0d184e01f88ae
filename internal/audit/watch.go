package audit

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	watchDelay  = 2 * time.Minute // keeps the first walk out of the start
	keepEvery   = time.Minute
	tellEvery   = time.Hour
	verifyEvery = 24 * time.Hour
)

// Warnings is where conditions are reported. The registry of health is one;
// the interface keeps this package from depending on it.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// WatchConfig is what a Watch needs.
type WatchConfig struct {
	Log      *Log
	Warnings Warnings
	Logger   *slog.Logger // nil discards
	// HeadFile is where the newest head is kept, besides the catalog, so that
	// what was cut off while nobody looked shows at the next start. "" keeps it
	// in memory only.
	HeadFile string
}

// Watch verifies the log daily, keeps its head beside the catalog, and each hour writes its head to the process's
// own log when it moved: where that log is kept elsewhere, so are the heads
// that give away an audit log written anew.
type Watch struct {
	log      *Log
	warnings Warnings
	out      *slog.Logger

	file     string
	kept     Head // the newest head that was seen to fit
	written  Head // the one in file
	unread   bool // whether file holds what is no head, and is to stay
	told     Head
	toldAt   time.Time
	verified time.Time
}

// NewWatch returns a watch that has not looked yet.
func NewWatch(cfg WatchConfig) (*Watch, error) {
	if cfg.Log == nil || cfg.Warnings == nil {
		return nil, errors.New("an audit watch needs a log and warnings")
	}
	w := &Watch{log: cfg.Log, warnings: cfg.Warnings, out: cfg.Logger, file: cfg.HeadFile}
	if w.out == nil {
		w.out = slog.New(slog.DiscardHandler)
	}
	return w, nil
}

// Run compares the log with the head that was kept, looks closely soon after
// the start, and goes on until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	wall := clock.Real()
	w.recall(ctx)
	w.keep(ctx)
	for pause := watchDelay; ; pause = keepEvery {
		if err := wall.Sleep(ctx, pause); err != nil {
			w.keep(context.WithoutCancel(ctx)) // what was written last, too
			return nil                         //nolint:nilerr // the end of ctx is the normal end
		}
		w.keep(ctx)
		if now := wall.Now(); w.toldAt.IsZero() || now.Sub(w.toldAt) >= tellEvery {
			w.tell(ctx)
			w.toldAt = now
		}
		if now := wall.Now(); w.verified.IsZero() || now.Sub(w.verified) >= verifyEvery {
			w.Look(ctx)
			w.verified = now
		}
	}
}

// Look verifies the log once and sets or clears the warning. What keeps it
// from reading says nothing about tampering and changes nothing.
func (w *Watch) Look(ctx context.Context) {
	r, err := w.log.VerifyWith(ctx, VerifyOptions{Expect: w.kept})
	switch {
	case err != nil:
	case r.Broken != nil:
		w.out.ErrorContext(ctx, "audit log was tampered with", "seq", r.Broken.Seq, "reason", r.Broken.Reason)
		w.warn(r.Broken.Seq, "entry "+strconv.FormatInt(r.Broken.Seq, 10)+" "+r.Broken.Reason)
	case w.unread:
		w.kept = r.Head
		w.warnUnread()
	default:
		w.kept = r.Head
		w.warnings.Clear(nightjar.WarnAuditTampered, "", "")
	}
}

// warn raises the warning; seq is 0 when no entry is at fault.
func (w *Watch) warn(seq int64, reason string) {
	w.warnings.Set(nightjar.WarnAuditTampered, "", "", map[string]string{"seq": strconv.FormatInt(seq, 10), "reason": reason})
}

func (w *Watch) tell(ctx context.Context) {
	h, err := w.log.Head(ctx)
	if err != nil || h == w.told {
		return // the next hour tells
	}
	w.told = h
	w.out.InfoContext(ctx, "audit log head", "seq", h.Seq, "hash", h.Hash)
}
