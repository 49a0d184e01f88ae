package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// killRounds starts serve, lets it work for a random while, and kills it.
func killRounds(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o, build{})
	if err != nil {
		return err
	}
	defer w.close()
	ready, err := w.killLoop(ctx, o.rounds)
	if err != nil {
		return err
	}
	v, err := w.settle(ctx)
	if err != nil {
		return err
	}
	found, err := w.settleFindings(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("torture: detection through %d kills: %s\n", o.rounds, found)
	p99 := percentile(ready, 0.99)
	fmt.Printf("torture: %d kills, %d of them before it was ready, %s; ready again p50 %s, p99 %s, max %s\n", o.rounds, o.rounds-len(ready), v,
		percentile(ready, 0.5).Round(time.Millisecond), p99.Round(time.Millisecond), percentile(ready, 1).Round(time.Millisecond))
	if p99 > readyWithin {
		return fmt.Errorf("ready again took %s at p99, the mark is %s", p99, readyWithin)
	}
	return errors.Join(v.err(), found.err())
}

// killLoop returns how long each restart took to be ready.
func (w *world) killLoop(ctx context.Context, rounds int) ([]time.Duration, error) {
	// One kill in four strikes before the daemon is ready: recovery itself is
	// killed too. One life in ten is long enough for a compaction to end.
	rnd := rand.New(rand.NewPCG(w.seed, 7))
	var ready []time.Duration
	for round := range rounds {
		began := time.Now()
		d, err := w.serve()
		if err != nil {
			return nil, err
		}
		if rnd.IntN(4) == 0 {
			pause(ctx, time.Duration(rnd.IntN(200))*time.Millisecond)
			d.kill()
		} else {
			took, err := w.awaitReady(ctx, d, began)
			if err != nil {
				d.kill()
				return nil, fmt.Errorf("round %d: %w", round+1, err)
			}
			ready = append(ready, took)
			life := time.Duration(rnd.IntN(500)) * time.Millisecond
			if rnd.IntN(10) == 0 {
				life *= 5
			}
			pause(ctx, life)
			d.kill()
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if (round+1)%50 == 0 {
			fmt.Printf("torture: %d of %d kills, %s\n", round+1, rounds, w.progress())
		}
	}
	return ready, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// plantedKills is ample: the planted bug loses events at one kill in a few.
const plantedKills = 100

// plantedBug runs the kill loop on a build that commits the catalog before the
// segment is durable. It passes when the harness finds the loss.
func plantedBug(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o.small(), build{tags: "plantedbug"})
	if err != nil {
		return err
	}
	defer w.close()
	for killed := 0; killed < plantedKills; killed += 25 {
		if _, err := w.killLoop(ctx, 25); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			fmt.Printf("torture: the planted bug was caught after %d kills: %v\n", killed+25, err)
			return nil
		}
		if err := w.verify(ctx); err != nil {
			fmt.Printf("torture: the planted bug was caught after %d kills: %v\n", killed+25, err)
			return nil
		}
	}
	v, err := w.settle(ctx)
	if err != nil {
		return err
	}
	if err := v.err(); err != nil {
		fmt.Printf("torture: the planted bug was caught: %v\n", err)
		return nil
	}
	return fmt.Errorf("the planted bug went unnoticed through %d kills: this harness proves nothing", plantedKills)
}
