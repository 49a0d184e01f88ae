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
	modes := flag.String("modes", "kill,failpoints,diskfull,memory,planted", "which tortures, in order")
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
	var failed []error
	for _, mode := range o.modes {
		torture, ok := all[mode]
		if !ok {
			return fmt.Errorf("unknown mode %q: kill, failpoints, diskfull, memory, planted", mode)
		}
		began := time.Now()
		err := torture(ctx, o)
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		verdict := "passed"
		if err != nil {
			verdict = "FAILED: " + err.Error()
			failed = append(failed, fmt.Errorf("%s: %w", mode, err))
		}
		fmt.Printf("torture: %s %s in %s\n", mode, verdict, time.Since(began).Round(time.Second))
	}
	return errors.Join(failed...)
}

// percentile returns the q-quantile of the durations.
func percentile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[min(int(float64(len(s))*q), len(s)-1)]
}
