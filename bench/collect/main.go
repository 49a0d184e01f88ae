// Command collect measures collection: what it costs beside the floor of
// fetching and checking the same blobs, how much of Microsoft's quota a
// backfill uses, and how much disk an event takes.
//
//	make build && go run ./bench/collect
//
// The simulator, the floor and Nightjar are processes of their own, so that
// the processor time and the memory of each are its own too.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

type options struct {
	binary  string
	events  int
	runs    int
	window  time.Duration
	dir     string
	only    []string
	verbose bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/collect:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context) error {
	// The first word chooses the part that this process plays for its parent.
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case "service":
			return service(ctx, os.Args[2])
		case "floor":
			return floor(ctx, os.Args[2])
		case "compact":
			return compact(ctx, os.Args[2])
		}
	}
	var o options
	short := flag.Bool("short", false, "small and quick: 60,000 events, 1 run, a minute of backfill")
	only := flag.String("only", "cost,backfill", "what to measure: cost (with storage), backfill")
	flag.StringVar(&o.binary, "binary", "bin/nightjar", "the Nightjar to measure; make build makes it")
	flag.IntVar(&o.events, "events", 300_000, "events to collect, about")
	flag.IntVar(&o.runs, "runs", 3, "runs of each measurement; the median counts")
	flag.DurationVar(&o.window, "window", 3*time.Minute, "how long the backfill is watched")
	flag.StringVar(&o.dir, "dir", "", "folder for the data; empty means one that goes away")
	flag.BoolVar(&o.verbose, "verbose", false, "show what the processes write")
	flag.Parse()
	if *short {
		o.events, o.runs, o.window = 60_000, 1, time.Minute
	}
	o.only = strings.Split(*only, ",")
	return run(ctx, o)
}

func run(ctx context.Context, o options) error {
	if _, err := os.Stat(o.binary); err != nil {
		return fmt.Errorf("find Nightjar (make build makes it): %w", err)
	}
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "nightjar-bench-")
		if err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	fmt.Printf("%s, %d CPUs, %s, %s\n", time.Now().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), load())
	if slices.Contains(o.only, "cost") {
		if err := measureCost(ctx, o); err != nil {
			return err
		}
	}
	if slices.Contains(o.only, "backfill") {
		return measureBackfill(ctx, o)
	}
	return nil
}

// load says how busy the machine was: figures of a busy one are worth little.
func load() string {
	out, err := exec.Command("uptime").Output()
	if err != nil {
		return "load unknown"
	}
	_, after, _ := strings.Cut(string(out), "load average")
	return "load" + strings.TrimSpace(after)
}
