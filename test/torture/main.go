package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// options are what a run was asked for.
type options struct {
	modes  []string
	rounds int
	seed   uint64
	keep   bool
	repo   string
}

// smallRounds is how many rounds' content the modes other than kill need.
const smallRounds = 120

// small asks for less content than hundreds of kills need.
func (o options) small() options {
	o.rounds = min(o.rounds, smallRounds)
	return o
}

func main() {
	var o options
	modes := flag.String("modes", "kill,failpoints,diskfull,memory,planted", "which tortures: kill and memory one by one, the others beside each other")
	flag.IntVar(&o.rounds, "rounds", 500, "kills in the mode kill")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "decides the content and when to kill")
	flag.BoolVar(&o.keep, "keep", false, "keep the folders of the run")
	flag.StringVar(&o.repo, "repo", ".", "the checkout to build from")
	flag.Parse()
	o.modes = strings.Split(*modes, ",")

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "torture: FAILED:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	all := map[string]func(context.Context, options) error{
		"kill": killRounds, "failpoints": failpointRounds, "diskfull": diskFull, "memory": memory, "planted": plantedBug,
	}
	fmt.Printf("torture: seed %d\n", o.seed)
	for _, mode := range o.modes {
		if all[mode] == nil {
			return fmt.Errorf("unknown mode %q: kill, failpoints, diskfull, memory, planted", mode)
		}
	}
	// How soon the daemon is ready and how much memory it takes are measured
	// with nothing beside it. The other modes mostly wait, and wait together.
	var failed []error
	var together []string
	for _, mode := range o.modes {
		if mode == "kill" || mode == "memory" {
			failed = append(failed, report(ctx, mode, all[mode], o))
		} else {
			together = append(together, mode)
		}
	}
	verdicts := make([]error, len(together))
	var ended sync.WaitGroup
	for i, mode := range together {
		ended.Go(func() { verdicts[i] = report(ctx, mode, all[mode], o) })
	}
	ended.Wait()
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return errors.Join(append(failed, verdicts...)...)
}

// report runs one mode and prints how it went.
func report(ctx context.Context, mode string, torture func(context.Context, options) error, o options) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	began := time.Now()
	err := torture(ctx, o)
	took := time.Since(began).Round(time.Second)
	if err != nil {
		fmt.Printf("torture: %s FAILED after %s: %v\n", mode, took, err)
		return fmt.Errorf("%s: %w", mode, err)
	}
	fmt.Printf("torture: %s passed in %s\n", mode, took)
	return nil
}

// percentile returns the q-quantile of the durations.
func percentile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[min(int(float64(len(s))*q), len(s)-1)]
}
