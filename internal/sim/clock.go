package sim

import (
	"context"
	"time"
)

// Clock tells the simulator what time it is. It must be safe for concurrent use.
type Clock interface {
	Now() time.Time
}

// RehearsalClock showed Epoch at Base and runs Speed times as fast as the wall.
// Two processes that know the three numbers agree on the time, restarts included.
type RehearsalClock struct {
	Epoch, Base time.Time
	Speed       float64
}

// AcceleratedClock shows epoch at the moment of the call and runs speed times
// as fast as the wall. A zero epoch means now; a speed of 0 means 1.
func AcceleratedClock(epoch time.Time, speed float64) RehearsalClock {
	base := time.Now()
	if epoch.IsZero() {
		epoch = base
	}
	if speed <= 0 {
		speed = 1
	}
	return RehearsalClock{Epoch: epoch.UTC(), Base: base, Speed: speed}
}

// Now returns the clock's time in UTC.
func (c RehearsalClock) Now() time.Time {
	return c.Epoch.Add(time.Duration(float64(time.Since(c.Base)) * c.Speed)).UTC()
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
