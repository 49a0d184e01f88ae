package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// The marks, of resident memory above the daemon at rest: what content of any
// size may take to be collected, and a daemon that has all of it to detect in
// while it merges what was stored. The second grows with what happens within
// the time spans of rules, up to their limits, and not with sizes of blobs.
const (
	collectingAbove = 150 << 20
	takingOverAbove = 300 << 20
)

// hugeBytes is the size of a huge blob.
const hugeBytes = 200 << 20

// memory collects a blob of 200 MB and one that inflates to a gibibyte, then
// lets the daemon take over until detection has seen all and the journal was
// compacted, and compares the most resident memory that either process ever
// had with that of a daemon at rest.
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
	events, collecting, err := w.collectHuge(ctx)
	if err != nil {
		return err
	}
	serving, err := w.takeOver(ctx, events)
	if err != nil {
		return err
	}
	fmt.Printf("torture: at rest %d MiB; %d MiB while it collected a blob of %d MiB and a gzip bomb, %d MiB in the daemon that took over\n",
		idle>>20, collecting>>20, hugeBytes>>20, serving>>20)
	return errors.Join(risen("collecting", collecting-idle, collectingAbove), risen("taking over", serving-idle, takingOverAbove))
}

func risen(doing string, above, mark int64) error {
	if above <= mark {
		return nil
	}
	return fmt.Errorf("%s, resident memory rose by %d MiB, the mark is %d MiB", doing, above>>20, mark>>20)
}

// takeOver returns the most memory that a daemon took until it had asked its
// rules of so many events and merged the segments that they came in.
func (w *world) takeOver(ctx context.Context, events int64) (int64, error) {
	d, err := w.start([]string{"serve", "--config", w.config}, "NIGHTJAR_JOURNAL_MAINTAIN_EVERY=1s")
	if err != nil {
		return 0, err
	}
	defer d.kill()
	began := time.Now()
	if _, err := w.awaitReady(ctx, d, began); err != nil {
		return 0, err
	}
	for {
		pause(ctx, time.Second)
		compacted := bytes.Contains(d.out.bytes(), []byte(`"compacted journal"`))
		observed, err := w.metric(ctx, "nightjar_detect_observed_events_total")
		switch {
		case err != nil:
			return 0, fmt.Errorf("%w\n%s", err, tail(d.out.bytes()))
		case compacted && observed >= float64(events):
			pause(ctx, 2*time.Second) // the next round may have more to do
			return resident(d.cmd.Process.Pid, "VmHWM"), nil
		case time.Since(began) > caughtUpWithin || ctx.Err() != nil:
			return 0, fmt.Errorf("after %s detection has seen %.0f of %d events, compacted: %t\n%s",
				caughtUpWithin, observed, events, compacted, tail(d.out.bytes()))
		}
	}
}

// metric reads a figure without labels of the daemon.
func (w *world) metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.listen+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("there is no metric %s", name)
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

// collectHuge collects everything, and returns how many events that is and the
// most memory that it took.
func (w *world) collectHuge(ctx context.Context) (events, most int64, err error) {
	cmd := exec.CommandContext(ctx, w.binary, "collect", "--once", "--json", "--max-wait", "5m", "--config", w.config)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
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
		return 0, most, fmt.Errorf("collect: %w\n%s", err, tail(complaint.Bytes()))
	}
	var summary struct {
		Feeds []struct{ Stored, Quarantined int64 }
	}
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil {
		return 0, most, fmt.Errorf("read the summary: %w", err)
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
		return 0, most, fmt.Errorf("%d events are stored of %d, and %d blobs in quarantine instead of the bomb alone", stored, want, quarantined)
	}
	return stored, most, nil
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
