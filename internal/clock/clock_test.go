package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestScaledClockRunsFaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		origin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		c := Scaled(origin, 3600)
		began := time.Now()
		if err := c.Sleep(t.Context(), 24*time.Hour); err != nil {
			t.Fatal(err)
		}
		if wall := time.Since(began); wall != 24*time.Second {
			t.Errorf("a virtual day took %s of the wall, want 24s", wall)
		}
		if got := c.Now(); !got.Equal(origin.Add(24 * time.Hour)) {
			t.Errorf("the clock shows %s after a virtual day", got)
		}
	})
}

func TestSleepEndsWithTheContextsCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { time.Sleep(time.Second); cancel(cause) }()
		if err := Real().Sleep(ctx, time.Hour); !errors.Is(err, cause) {
			t.Errorf("Sleep returned %v, want the cause", err)
		}
	})
}
