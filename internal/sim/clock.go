package sim

import (
	"context"
	"time"
)

// Clock tells the simulator what time it is. It must be safe for concurrent use.
type Clock interface {
	Now() time.Time
}

// AcceleratedClock shows origin at the moment of the call and runs speed times
// as fast as the wall. A zero origin means now; a speed of 0 means 1.
func AcceleratedClock(origin time.Time, speed float64) Clock {
	base := time.Now()
	if origin.IsZero() {
		origin = base
	}
	if speed <= 0 {
		speed = 1
	}
	return acceleratedClock{origin: origin.UTC(), base: base, speed: speed}
}

type acceleratedClock struct {
	origin, base time.Time
	speed        float64
}

func (c acceleratedClock) Now() time.Time {
	return c.origin.Add(time.Duration(float64(time.Since(c.base)) * c.speed))
}

// wallClock is the machine's clock.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now().UTC() }

// skewedClock is wrong by a constant, as a machine's clock may be.
type skewedClock struct {
	Clock
	by time.Duration
}

func (c skewedClock) Now() time.Time { return c.Clock.Now().Add(c.by) }

// pause waits for d of wall time or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
