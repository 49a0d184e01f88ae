package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// settle lets the daemon catch up undisturbed, verifies the journal, and
// compares its content with the truth.
func (w *world) settle(ctx context.Context) (verdict, error) {
	if _, err := w.command(ctx, nil, "collect", "--config", w.config, "--once", "--json", "--max-wait", "10m"); err != nil {
		return verdict{}, err
	}
	if err := w.verify(ctx); err != nil {
		return verdict{}, err
	}
	out, err := w.command(ctx, nil, "event", "export", "--config", w.config, "--tenant", tenantName, "--raw")
	if err != nil {
		return verdict{}, err
	}
	return compare(w.truth(), out)
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
