// Package clock is the only place that reads the time of day or waits for it.
//
// The real clock uses package time, so testing/synctest governs it. A scaled
// clock runs faster than the wall from a chosen origin; it serves rehearsals
// against the simulator, where a week passes in minutes.
package clock

import (
	"context"
	"time"
)

// Clock tells the time and waits. The zero value is the real clock.
// It is safe for concurrent use.
type Clock struct {
	origin time.Time // virtual time at base
	base   time.Time // wall time at which the virtual clock started
	speed  float64   // virtual seconds a second; 0 means the real clock
}

// Real returns the machine's clock.
func Real() Clock { return Clock{} }

// Scaled returns a clock that shows origin now and runs speed times as fast as the wall.
func Scaled(origin time.Time, speed float64) Clock {
	if speed <= 0 {
		speed = 1
	}
	return Clock{origin: origin.UTC(), base: time.Now(), speed: speed}
}

// Now returns the clock's time in UTC.
func (c Clock) Now() time.Time {
	if c.speed == 0 {
		return time.Now().UTC()
	}
	return c.origin.Add(time.Duration(float64(time.Since(c.base)) * c.speed))
}

// Since returns the clock's time elapsed since t.
func (c Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// wall converts a duration of this clock into one of the wall.
func (c Clock) wall(d time.Duration) time.Duration {
	if c.speed == 0 || d <= 0 {
		return d
	}
	return max(time.Duration(float64(d)/c.speed), 1)
}

// Sleep waits for d of the clock's time, or until ctx ends; then it returns the context's cause.
func (c Clock) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(c.wall(d))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// After returns a channel that receives once, after d of the clock's time.
func (c Clock) After(d time.Duration) <-chan time.Time { return time.After(c.wall(d)) }

// WithTimeout bounds ctx by d of the clock's time.
func (c Clock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.wall(d))
}
