package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failpoint is a named step in the source, compiled in for this mode only.
type failpoint string

var failpointComment = regexp.MustCompile(`(?m)^\s*// gofail: var (\w+) `)

// failpoints reads the names from the source, so that a new step is tortured
// without anybody listing it here.
func failpoints(repo string) ([]failpoint, error) {
	var found []failpoint
	for _, pkg := range failpointPackages {
		files, err := filepath.Glob(filepath.Join(repo, pkg, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			for _, m := range failpointComment.FindAllStringSubmatch(string(src)+"\n", -1) {
				found = append(found, failpoint(m[1]))
			}
		}
	}
	// Quarantine comes after a few tries, seconds apart, of content that does not
	// parse: its steps go first, while there is such content.
	slices.SortStableFunc(found, func(a, b failpoint) int { return b.urgency() - a.urgency() })
	if len(found) < 10 {
		return nil, fmt.Errorf("only %d failpoints found in %s: has their form changed?", len(found), strings.Join(failpointPackages, ", "))
	}
	return found, nil
}

var failpointPackages = []string{"internal/journal", "internal/collect"}

// failpointRounds holds the process at each step in turn, on its first, second
// and fourth passage, and kills it there. Which command passes by a step
// follows from the step's name.
func failpointRounds(ctx context.Context, o options) error {
	points, err := failpoints(o.repo)
	if err != nil {
		return err
	}
	w, err := newWorld(ctx, o.small(), build{failpoints: true})
	if err != nil {
		return err
	}
	defer w.close()
	t := failpointTally{world: w}
	for _, p := range points {
		if p.exempt() || p.retention() {
			continue
		}
		if err := t.torture(ctx, p, []int{0, 1, 3}, p.command(w)...); err != nil {
			return err
		}
	}
	v, err := w.settle(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("torture: %d kills at failpoints of serve and backup; %s\n", t.kills, v)
	if err := v.err(); err != nil {
		return err
	}
	if err := w.restoreKilledBackup(ctx, points); err != nil {
		return err
	}
	// Retention comes last, because it removes what the verdict above compares.
	for _, p := range points {
		if p.retention() {
			// Once each: a life that is not killed here leaves nothing to drop.
			if err := t.torture(ctx, p, []int{0}, "journal", "retention", "--config", w.config); err != nil {
				return err
			}
		}
	}
	v, err = w.settleRetention(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("torture: %d failpoints, %d kills at them; after retention: %s\n", len(points), t.kills, v)
	if len(t.unreached) > 0 {
		return fmt.Errorf("never reached: %s", strings.Join(t.unreached, ", "))
	}
	return v.err()
}

func (p failpoint) urgency() int {
	if strings.HasSuffix(string(p), "Quarantine") {
		return 1
	}
	return 0
}

func (p failpoint) retention() bool { return strings.HasPrefix(string(p), "journalRetention") }

// exempt names the steps that a short life cannot reach: files are swept a
// quarter of an hour after they were replaced. A test of the journal's own covers it.
func (p failpoint) exempt() bool { return strings.HasPrefix(string(p), "journalSweep") }

func (p failpoint) command(w *world) []string {
	if strings.HasPrefix(string(p), "journalBackup") {
		return []string{"journal", "backup", w.backup(p), "--config", w.config}
	}
	return []string{"serve", "--config", w.config}
}

// backup is the folder that the backups killed at a step are written to.
func (w *world) backup(p failpoint) string { return filepath.Join(w.dir, "backup-"+string(p)) }

// restoreKilledBackup finishes each backup that was killed, restores it, and
// compares what it holds.
func (w *world) restoreKilledBackup(ctx context.Context, points []failpoint) error {
	for _, p := range points {
		if !strings.HasPrefix(string(p), "journalBackup") {
			continue
		}
		if _, err := w.command(ctx, nil, "journal", "backup", w.backup(p), "--config", w.config); err != nil {
			return err
		}
		restored := *w
		restored.data = filepath.Join(w.dir, "restored-"+string(p))
		if _, err := w.command(ctx, nil, "journal", "restore", w.backup(p), restored.data); err != nil {
			return err
		}
		restored.overrides = []string{"NIGHTJAR_DATA_DIR=" + restored.data, "NIGHTJAR_KEY_FILE=" + filepath.Join(w.data, "nightjar.key")}
		v, err := restored.judge(ctx, w.truth())
		if err != nil {
			return err
		}
		fmt.Printf("torture: a backup killed at %s, finished and restored: %s\n", p, v)
		if err := v.err(); err != nil {
			return err
		}
	}
	return nil
}

// failpointTally counts kills and remembers the steps that were never reached.
type failpointTally struct {
	world     *world
	kills     int
	unreached []string
}

// torture kills a command at a step, after each of the numbers of passages,
// until the command ends without having passed it that often.
func (t *failpointTally) torture(ctx context.Context, p failpoint, passages []int, command ...string) error {
	reached := false
	for _, after := range passages {
		hit, err := t.world.killAt(ctx, p, after, command)
		if err != nil {
			return fmt.Errorf("failpoint %s: %w", p, err)
		}
		if !hit {
			break
		}
		reached = true
		t.kills++
	}
	if !reached {
		t.unreached = append(t.unreached, string(p))
	}
	return nil
}

// killAt starts a command with the failpoint asleep after some passages, waits
// until the process stands there, and kills it.
func (w *world) killAt(ctx context.Context, p failpoint, after int, command []string) (hit bool, err error) {
	term := "sleep(60000)"
	if after > 0 {
		term = fmt.Sprintf("%d*off->%s", after, term)
	}
	control, err := freePort()
	if err != nil {
		return false, err
	}
	env := []string{"GOFAIL_FAILPOINTS=" + string(p) + "=" + term, "GOFAIL_HTTP=" + control}
	if p.retention() {
		env = append(env, retentionVariable)
	}
	d, err := w.start(command, env...)
	if err != nil {
		return false, err
	}
	defer d.kill()
	patience := firstPassage
	if after > 0 {
		patience = laterPassage
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline) && ctx.Err() == nil; pause(ctx, 20*time.Millisecond) {
		if failpointCount(ctx, control, p) > after {
			return true, nil
		}
		select {
		case <-d.done: // a command that passed the step too seldom
			return false, nil
		default:
		}
	}
	return false, ctx.Err()
}

// How long a step may take to be reached. Its first passage must be seen; a
// later one is more of the same, and may not come before the content is used up.
const (
	firstPassage = 3 * time.Minute
	laterPassage = 20 * time.Second
)

func failpointCount(ctx context.Context, control string, p failpoint) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+control+"/"+string(p)+"/count", http.NoBody)
	if err != nil {
		return 0
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, 64))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}
	return n
}
