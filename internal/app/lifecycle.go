package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// part is one long-lived piece of the program. Run blocks until its context
// ends or it cannot go on, and cleans up before it returns.
type part struct {
	name string
	run  func(ctx context.Context) error
}

// errStopping is the cause of a context that ends because we stop, as opposed
// to one that ends because something failed.
var errStopping = errors.New("stopping")

// outcome is how a part ended.
type outcome struct {
	name string
	err  error
}

// running is a part that was started.
type running struct {
	part
	stop context.CancelCauseFunc
	done chan struct{}
}

// supervise runs parts until ctx ends or one of them returns. Then it stops
// them one by one, the last started first, so that a part can still use those
// started before it: the collector stops before the journal that it writes to.
// All have bound to stop in; a part that exceeds it is named and left behind.
func supervise(ctx context.Context, log *slog.Logger, bound time.Duration, parts []part) error {
	ended := make(chan outcome, len(parts))
	var started []*running
	for _, p := range parts {
		// The parts' contexts outlive ctx: ctx only says when to begin stopping.
		partCtx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
		r := &running{part: p, stop: stop, done: make(chan struct{})}
		started = append(started, r)
		go func() {
			err := r.run(partCtx)
			ended <- outcome{r.name, err}
			close(r.done)
		}()
	}
	var failure error
	select {
	case <-ctx.Done():
	case o := <-ended:
		failure = fmt.Errorf("%s: %w", o.name, orUnexpected(o.err))
		log.ErrorContext(ctx, "part failed", "part", o.name, "error", orUnexpected(o.err))
	}
	return errors.Join(failure, stopAll(log, bound, started, ended))
}

func orUnexpected(err error) error {
	if err == nil {
		return &nightjar.Error{Code: nightjar.CodeInternal, Message: "ended without being asked to"}
	}
	return err
}

// stopAll stops the parts from the last to the first within bound.
func stopAll(log *slog.Logger, bound time.Duration, started []*running, ended <-chan outcome) error {
	timer := time.NewTimer(bound) //nolint:forbidigo // a shutdown is bounded by the wall's time, also in rehearsals
	defer timer.Stop()
	var late []string
	expired := false
	for _, r := range slices.Backward(started) {
		r.stop(errStopping)
		if expired {
			late = appendIfRunning(late, r)
			continue
		}
		select {
		case <-r.done:
		case <-timer.C:
			expired = true
			late = appendIfRunning(late, r)
		}
	}
	var errs []error
	for drained := false; !drained; {
		select {
		case o := <-ended:
			if o.err != nil && !isStop(o.err) {
				errs = append(errs, fmt.Errorf("%s: %w", o.name, o.err))
				log.Error("part failed while stopping", "part", o.name, "error", o.err)
			}
		default:
			drained = true
		}
	}
	if len(late) > 0 {
		errs = append(errs, &nightjar.Error{
			Code: nightjar.CodeInternal, Message: fmt.Sprintf("%s did not stop within %s", strings.Join(late, ", "), bound),
			Hint: "nothing is lost: what was not committed is fetched again at the next start",
		})
	}
	return errors.Join(errs...)
}

func appendIfRunning(late []string, r *running) []string {
	select {
	case <-r.done:
		return late
	default:
		return append(late, r.name)
	}
}

// isStop reports whether err only says that we stopped the part.
func isStop(err error) bool {
	return errors.Is(err, errStopping) || errors.Is(err, context.Canceled)
}

// cleanups run in the reverse order of their adding.
type cleanups struct {
	list []cleanup
}

type cleanup struct {
	name string
	run  func() error
}

func (c *cleanups) add(name string, run func() error) {
	c.list = append(c.list, cleanup{name, run})
}

func (c *cleanups) run() error {
	var errs []error
	for _, done := range slices.Backward(c.list) {
		if err := done.run(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", done.name, err))
		}
	}
	c.list = nil
	return errors.Join(errs...)
}
