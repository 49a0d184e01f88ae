package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// journalOf records in which order parts stop.
type journalOf struct {
	mu    sync.Mutex
	order []string
}

func (j *journalOf) part(name string) part {
	return part{name, func(ctx context.Context) error {
		<-ctx.Done()
		j.mu.Lock()
		defer j.mu.Unlock()
		j.order = append(j.order, name)
		return context.Cause(ctx)
	}}
}

func TestPartsStopLastStartedFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journalOf
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); cancel() }()
		err := supervise(ctx, slog.New(slog.DiscardHandler), time.Minute, []part{j.part("journal"), j.part("log"), j.part("collect")})
		if err != nil {
			t.Errorf("a clean stop returned %v", err)
		}
		if want := []string{"collect", "log", "journal"}; !slices.Equal(j.order, want) {
			t.Errorf("stopped in the order %v, want %v", j.order, want)
		}
	})
}

func TestAFailingPartStopsTheOthersAndIsNamed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journalOf
		broken := errors.New("fsync: input/output error")
		err := supervise(t.Context(), slog.New(slog.DiscardHandler), time.Minute, []part{
			j.part("journal"),
			{"collect", func(context.Context) error { return broken }},
		})
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "collect") {
			t.Errorf("got %v, want the failure with the part's name", err)
		}
		if !slices.Equal(j.order, []string{"journal"}) {
			t.Errorf("the other part was not stopped: %v", j.order)
		}
	})
}

func TestAPartThatHangsDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := supervise(ctx, slog.New(slog.DiscardHandler), 20*time.Second, []part{
			{"stuck", func(context.Context) error { <-release; return nil }},
		})
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("stopping took %s, want the bound", took)
		}
		if err == nil || !strings.Contains(err.Error(), "stuck did not stop within 20s") || nightjar.HintOf(err) == "" {
			t.Errorf("got %v", err)
		}
	})
}
