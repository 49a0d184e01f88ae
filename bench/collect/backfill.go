package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// quota is Microsoft's, for a tenant: requests a minute.
const quota = 2000

// measureBackfill collects from a service that takes 50 ms for each answer and
// allows 2,000 requests a minute, and counts at the service what is used.
func measureBackfill(ctx context.Context, o options) error {
	dir := filepath.Join(o.dir, "backfill")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	service, err := serve(ctx, world{
		Dir: dir, Events: 1_000_000, PerBlob: 100, EventsPerDay: 150_000, Latency: 50 * time.Millisecond, Quota: quota,
		Settings: "listen: \"\"\nlog:\n  level: warn\n",
	})
	if err != nil {
		return err
	}
	defer service.stop()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, o.binary, "serve", "--config", filepath.Join(dir, "nightjar.yaml"))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Nightjar: %w", err)
	}
	peak := watchPeak(cmd.Process.Pid)
	before, after, err := watch(ctx, service, o.window)
	if err := errors.Join(err, cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
		return fmt.Errorf("backfill: %w\n%s", err, said.Bytes())
	}
	minutes := after.Now.Sub(before.Now).Minutes()
	used := float64(after.Requests-before.Requests) / minutes
	fmt.Printf("\nBackfill at 50 ms a request, counted at the service over %.1f minutes.\n\n", minutes)
	fmt.Println("| requests/minute | of the quota | for content | events/s | throttled | CPU of one core | peak MiB |")
	fmt.Println("|---|---|---|---|---|---|---|")
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Printf("| %.0f | %.1f %% | %.1f %% | %.0f | %d | %.0f %% | %d |\n", used, 100*used/quota,
		100*float64(after.Blobs-before.Blobs)/float64(after.Requests-before.Requests),
		float64(before.Never-after.Never)/minutes/60, after.Throttled, 100*cpu.Minutes()/(minutes+settling.Minutes()), peak()>>20)
	if after.Never == 0 {
		return errors.New("the backfill ended before the watch did: its figure means nothing")
	}
	return nil
}

// settling is left out of the watch: it holds the first listings, and the
// burst that a budget has saved up at its start.
const settling = 15 * time.Second

func watch(ctx context.Context, service *running, window time.Duration) (before, after tally, err error) {
	if err := wait(ctx, settling); err != nil {
		return before, after, err
	}
	if before, err = service.tally(); err != nil {
		return before, after, err
	}
	if err := wait(ctx, window); err != nil {
		return before, after, err
	}
	after, err = service.tally()
	return before, after, err
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
