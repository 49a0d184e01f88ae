package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// verdict is what the daemon holds against what was served.
type verdict struct {
	served, stored int
	lost, doubled  int
	altered, extra int
	firstLost      string
	firstDoubled   string
}

func (v verdict) String() string {
	return fmt.Sprintf("%d events served, %d stored, lost %d, twice %d, altered %d, foreign %d", v.served, v.stored, v.lost, v.doubled, v.altered, v.extra)
}

func (v verdict) err() error {
	if v.lost+v.doubled+v.altered+v.extra == 0 {
		if v.served == 0 {
			return errors.New("nothing was served: the run proves nothing")
		}
		return nil
	}
	return fmt.Errorf("%s (first lost %q, first twice %q)", v, v.firstLost, v.firstDoubled)
}

// exitPartial is how collect ends when something could not be had or read: the
// simulator serves content that is no JSON, which goes to quarantine.
const exitPartial = 5

// settle lets the daemon catch up undisturbed, verifies the journal, and
// compares its content with the truth.
func (w *world) settle(ctx context.Context) (verdict, error) {
	// Content that cannot be read is tried for minutes before it is given up:
	// the clock runs ahead for it.
	now := time.Now().UTC().Format(time.RFC3339Nano)
	ahead := []string{"NIGHTJAR_REHEARSAL_EPOCH=" + now, "NIGHTJAR_REHEARSAL_BASE=" + now, "NIGHTJAR_REHEARSAL_SPEED=20"}
	if _, err := w.commandEnv(ctx, ahead, []int{exitPartial}, "collect", "--config", w.config, "--once", "--json", "--max-wait", "40m"); err != nil {
		return verdict{}, err
	}
	if err := w.verify(ctx); err != nil {
		return verdict{}, err
	}
	return w.judge(ctx, w.truth())
}

// judge exports what is stored and compares it with the truth.
func (w *world) judge(ctx context.Context, truth map[string][]byte) (verdict, error) {
	out, err := w.command(ctx, nil, "event", "export", "--config", w.config, "--tenant", tenantName, "--raw")
	if err != nil {
		return verdict{}, err
	}
	return compare(truth, out)
}

// retentionDays is what the torture of retention keeps, and retentionVariable says so to the binary.
const (
	retentionDays     = 4
	retentionVariable = "NIGHTJAR_RETENTION_DEFAULT=4d"
)

// settleRetention lets retention finish and expects every event of the days
// that are kept, and none of the others.
func (w *world) settleRetention(ctx context.Context) (verdict, error) {
	if _, err := w.commandEnv(ctx, []string{retentionVariable}, nil, "journal", "retention", "--config", w.config); err != nil {
		return verdict{}, err
	}
	if err := w.verify(ctx); err != nil {
		return verdict{}, err
	}
	// Whole days go once they are past; the day that is being cut may be there or not.
	kept := w.truth()
	cut := time.Now().UTC().AddDate(0, 0, -retentionDays)
	day := cut.Truncate(24 * time.Hour)
	for id, raw := range kept {
		var record struct{ CreationTime string }
		if err := json.Unmarshal(raw, &record); err != nil {
			return verdict{}, fmt.Errorf("an event served is no JSON: %w", err)
		}
		at, err := time.Parse("2006-01-02T15:04:05", record.CreationTime)
		if err != nil {
			return verdict{}, fmt.Errorf("an event served has no time: %w", err)
		}
		if at.Before(day) {
			delete(kept, id)
		}
	}
	return w.judge(ctx, kept)
}

// verify runs `nightjar journal verify`.
func (w *world) verify(ctx context.Context) error {
	_, err := w.command(ctx, nil, "journal", "verify", "--config", w.config)
	return err
}

// compare holds exported raw events, one a line, against the truth by id and by bytes.
func compare(truth map[string][]byte, exported []byte) (verdict, error) {
	v := verdict{served: len(truth)}
	seen := make(map[string]int, len(truth))
	lines := bufio.NewScanner(bytes.NewReader(exported))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var record struct {
			ID string `json:"Id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return v, fmt.Errorf("an exported line is no JSON: %w", err)
		}
		v.stored++
		seen[record.ID]++
		raw, known := truth[record.ID]
		switch {
		case !known:
			v.extra++
		case seen[record.ID] > 1:
			v.doubled++
			v.firstDoubled = record.ID
		case !bytes.Equal(raw, lines.Bytes()):
			v.altered++
		}
	}
	if err := lines.Err(); err != nil {
		return v, fmt.Errorf("read the export: %w", err)
	}
	for id := range truth {
		if seen[id] == 0 {
			v.lost++
			v.firstLost = id
		}
	}
	return v, nil
}
