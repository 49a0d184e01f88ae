package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// memoryAbove is the mark: what content of any size may take of resident
// memory, above the daemon at rest.
const memoryAbove = 150 << 20

// hugeBytes is the size of a huge blob.
const hugeBytes = 200 << 20

// memory collects a blob of 200 MB and one that inflates to a gibibyte, then
// lets the daemon take over, and compares the most resident memory that either
// process ever had with that of a daemon at rest.
func memory(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o, build{service: &sim.Config{
		Scenario: sim.Scenario{Name: "memory", Quota: -1, Huge: 1, HugeBytes: hugeBytes, Bombs: 1},
		Tenants:  []sim.TenantConfig{{Name: tenantName, People: 2000, EventsPerDay: 150_000, Backlog: 30 * time.Minute, Subscribed: true}},
	}})
	if err != nil {
		return err
	}
	defer w.close()
	idle, err := w.atRest(ctx)
	if err != nil {
		return err
	}
	collecting, err := w.collectHuge(ctx)
	if err != nil {
		return err
	}
	d, err := w.start([]string{"serve", "--config", w.config}, "NIGHTJAR_JOURNAL_MAINTAIN_EVERY=1s")
	if err != nil {
		return err
	}
	defer d.kill()
	pause(ctx, 10*time.Second) // it sweeps, compacts what is due, and polls
	serving := resident(d.cmd.Process.Pid, "VmHWM")
	d.kill()
	fmt.Printf("torture: at rest %d MiB; %d MiB while it collected a blob of %d MiB and a gzip bomb, %d MiB in the daemon that took over\n",
		idle>>20, collecting>>20, hugeBytes>>20, serving>>20)
	if above := max(collecting, serving) - idle; above > memoryAbove {
		return fmt.Errorf("resident memory rose by %d MiB, the mark is %d MiB", above>>20, memoryAbove>>20)
	}
	return nil
}

// atRest is the memory of a daemon that has nothing to do: it knows no tenant.
func (w *world) atRest(ctx context.Context) (int64, error) {
	config := filepath.Join(w.dir, "rest.yaml")
	text := fmt.Sprintf("data_dir: %s\nlisten: %s\n", filepath.Join(w.dir, "rest"), w.listen)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return 0, err
	}
	d, err := w.start([]string{"serve", "--config", config})
	if err != nil {
		return 0, err
	}
	defer d.kill()
	if _, err := w.awaitReady(ctx, d, time.Now()); err != nil {
		return 0, err
	}
	pause(ctx, 3*time.Second)
	return resident(d.cmd.Process.Pid, "VmRSS"), nil
}

// collectHuge collects everything and returns the most memory that it took.
func (w *world) collectHuge(ctx context.Context) (int64, error) {
	cmd := exec.CommandContext(ctx, w.binary, "collect", "--once", "--json", "--max-wait", "5m", "--config", w.config)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var most int64
	var err error
	for running := true; running; {
		select {
		case err = <-ended:
			running = false
		case <-time.After(50 * time.Millisecond):
			most = max(most, resident(cmd.Process.Pid, "VmHWM"))
		}
	}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitIncomplete) {
		return most, fmt.Errorf("collect: %w\n%s", err, tail(complaint.Bytes()))
	}
	var summary struct {
		Feeds []struct{ Stored, Quarantined int64 }
	}
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil {
		return most, fmt.Errorf("read the summary: %w", err)
	}
	var stored, quarantined int64
	for _, f := range summary.Feeds {
		stored += f.Stored
		quarantined += f.Quarantined
	}
	want := int64(0)
	for e := range w.sim.Events(w.sim.Tenants()[0].ID) {
		if e.Expected {
			want++
		}
	}
	if stored != want || quarantined != 1 {
		return most, fmt.Errorf("%d events are stored of %d, and %d blobs in quarantine instead of the bomb alone", stored, want, quarantined)
	}
	return most, nil
}

// exitIncomplete says that some feed is incomplete (docs/cli.md): the bomb's.
const exitIncomplete = 5

// resident reads a figure of a process's memory in bytes (proc(5): VmRSS is
// what is resident, VmHWM the most that ever was); 0 when it is gone.
func resident(pid int, figure string) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, figure+":"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err == nil {
				return kib << 10
			}
		}
	}
	return 0
}
