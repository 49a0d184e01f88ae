// Command detect measures how long it takes from an event's commit until its
// finding is recorded, and until a local webhook and a local mail server have
// accepted the notification, while a thousand ordinary events a second arrive
// and all shipped rules are asked of them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"time"
)

type options struct {
	rate, seconds, markers int
	dir                    string
}

// mark is what a notification may take at p99, of docs/benchmarks.md.
const mark = 5 * time.Second

func main() {
	o := options{}
	flag.IntVar(&o.rate, "rate", 1000, "events a second")
	flag.IntVar(&o.seconds, "seconds", 60, "how long to measure")
	flag.IntVar(&o.markers, "markers", 2, "attacks a second, each in a tenant of its own")
	flag.StringVar(&o.dir, "dir", "", "folder for the data; a temporary one when empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "bench-detect"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	times := &stopwatch{committed: map[string]time.Time{}, seen: map[string]map[string]time.Duration{}}
	w, err := newWorld(ctx, o, times)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.feed(ctx, o); err != nil {
		return err
	}
	// What is on its way arrives, or is missing.
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && !times.complete(); {
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Printf("detect: %d events at %d/s with %d rules, %d attacks among them\n", w.events, o.rate, w.rules, len(times.committed))
	for _, what := range []string{recorded, byWebhook, byMail} {
		d := times.of(what)
		if len(d) < len(times.committed) {
			err = errors.Join(err, fmt.Errorf("%s: %d of %d arrived", what, len(d), len(times.committed)))
		}
		if len(d) == 0 {
			continue
		}
		p99 := d[len(d)*99/100]
		fmt.Printf("  %-32s p50 %s, p99 %s, max %s\n", what, d[len(d)/2].Round(time.Millisecond), p99.Round(time.Millisecond), d[len(d)-1].Round(time.Millisecond))
		if p99 > mark {
			err = errors.Join(err, fmt.Errorf("%s took %s at p99, the mark is %s", what, p99, mark))
		}
	}
	return err
}

// What is waited for.
const (
	recorded  = "finding recorded"
	byWebhook = "accepted by the webhook"
	byMail    = "accepted by the mail server"
)

// stopwatch knows when the event of each attack was committed and what came of it.
type stopwatch struct {
	mu        sync.Mutex
	committed map[string]time.Time
	seen      map[string]map[string]time.Duration
}

func (s *stopwatch) commit(marker string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.committed[marker] = at
}

func (s *stopwatch) arrived(what, marker string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[what] == nil {
		s.seen[what] = map[string]time.Duration{}
	}
	if _, again := s.seen[what][marker]; !again {
		s.seen[what][marker] = max(0, now.Sub(s.committed[marker]))
	}
}

func (s *stopwatch) of(what string) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []time.Duration
	for marker, d := range s.seen[what] {
		if !s.committed[marker].IsZero() {
			list = append(list, d)
		}
	}
	slices.Sort(list)
	return list
}

func (s *stopwatch) complete() bool {
	for _, what := range []string{recorded, byWebhook, byMail} {
		if len(s.of(what)) < len(s.committed) {
			return false
		}
	}
	return true
}
