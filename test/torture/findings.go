package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// caughtUpWithin is how long detection may take over what it has not seen yet.
const caughtUpWithin = 3 * time.Minute

// findings is what detection recorded through all kills against what a backtest
// of the journal finds.
type findings struct {
	recorded, backtest int
	lost, extra        int
	first              string // of those that differ
}

func (f findings) String() string {
	return fmt.Sprintf("%d findings, %d in a backtest, lost %d, too many %d", f.recorded, f.backtest, f.lost, f.extra)
}

func (f findings) err() error {
	switch {
	case f.lost+f.extra > 0:
		return fmt.Errorf("%s (first: %s)", f, f.first)
	case f.backtest == 0:
		return errors.New("no rule found anything: the run proves nothing of detection")
	}
	return nil
}

// settleFindings lets detection catch up with the journal, and compares what it
// recorded with a backtest.
func (w *world) settleFindings(ctx context.Context) (findings, error) {
	db, err := catalog.Open(ctx, catalog.Config{Path: filepath.Join(w.data, catalog.FileName), ReadOnly: true})
	if err != nil {
		return findings{}, err
	}
	defer db.Close()
	var last int64
	if err := db.NewRaw("SELECT value FROM journal_counters WHERE name = 'seq'").Scan(ctx, &last); err != nil {
		return findings{}, err
	}
	d, err := w.serve()
	if err != nil {
		return findings{}, err
	}
	defer d.kill()
	var cursor int64
	for began := time.Now(); cursor < last; pause(ctx, 100*time.Millisecond) {
		if time.Since(began) > caughtUpWithin || ctx.Err() != nil {
			return findings{}, fmt.Errorf("detection is at commit %d of %d:\n%s", cursor, last, tail(d.out.bytes()))
		}
		// There is no row before its first commit.
		if err := db.NewRaw("SELECT coalesce(max(seq), 0) FROM journal_readers WHERE name = 'detect'").Scan(ctx, &cursor); err != nil {
			return findings{}, err
		}
	}
	if err := syscall.Kill(d.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		return findings{}, err
	}
	<-d.done
	if err := db.NewRaw("SELECT seq FROM journal_readers WHERE name = 'detect'").Scan(ctx, &cursor); err != nil {
		return findings{}, err
	}
	var begun int64
	if err := db.NewRaw("SELECT begun FROM detect_progress").Scan(ctx, &begun); err != nil {
		return findings{}, err
	}
	var ids []string
	if err := db.NewRaw("SELECT id FROM alert_findings WHERE journal_seq > 0").Scan(ctx, &ids); err != nil {
		return findings{}, err
	}
	out, err := w.command(ctx, nil, "rule", "backtest", "--config", w.config, "--format", "ndjson")
	if err != nil {
		return findings{}, err
	}
	return compareFindings(ids, out, cursor, catalog.Time(begun).Add(-nightjar.ContentRetention))
}

// compareFindings holds what is recorded against a backtest, up to the commit
// that detection came to, and from the time on that counts.
func compareFindings(recorded []string, backtest []byte, cursor int64, from time.Time) (findings, error) {
	f := findings{recorded: len(recorded)}
	known := make(map[string]bool, len(recorded))
	for _, id := range recorded {
		known[id] = true
	}
	lines := bufio.NewScanner(bytes.NewReader(backtest))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line struct {
			ID, Title, Reason string
			Time              time.Time
			Commit            int64
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return f, fmt.Errorf("a line of the backtest is no JSON: %w", err)
		}
		if line.Commit > cursor || line.Time.Before(from) {
			continue
		}
		f.backtest++
		if !known[line.ID] {
			f.lost++
			f.first = line.Title + ": " + line.Reason
		}
		delete(known, line.ID)
	}
	if err := lines.Err(); err != nil {
		return f, fmt.Errorf("read the backtest: %w", err)
	}
	for id := range known {
		f.extra++
		f.first = id
	}
	return f, nil
}
