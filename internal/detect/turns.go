package detect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// The rhythm of saving, in the time of the wall.
const (
	saveEvery = time.Minute
	saveAfter = 100_000 // events
	// saveFor is about how long the stream stands still for it, and saveRest how
	// many times as long it does not afterwards: at most a tenth of its time.
	saveFor  = 50 * time.Millisecond
	saveRest = 9
)

// saveSome writes the state of those machines that were written longest ago,
// with the cursor, so that a start has only what came since to observe again.
// They take turns: all at once would hold up detection the longer the more
// people there are. False means that none is due.
func (s *Stream) saveSome(ctx context.Context) (bool, error) {
	began := s.wall.Now()
	if began.Before(s.restUntil) {
		return false, nil
	}
	due := s.dueForSaving(began)
	if len(due) == 0 {
		return false, nil
	}
	pack, err := newPacker()
	if err != nil {
		return false, err
	}
	var rows []machineRow
	var kept []*machine
	for _, m := range due {
		row, ok, err := m.row(pack)
		if err != nil {
			return false, err
		}
		if kept = append(kept, m); ok {
			rows = append(rows, row)
		}
		if s.wall.Now().Sub(began) >= saveFor {
			break
		}
	}
	err = s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := putMachines(ctx, tx, rows); err != nil {
			return err
		}
		return s.reader.Commit(ctx, tx, s.seq)
	})
	if err != nil {
		return false, fmt.Errorf("write what correlations remember: %w", err)
	}
	for _, m := range kept {
		s.keptAt(m)
	}
	s.moved()
	s.restUntil = s.movedAt.Add(saveRest * s.movedAt.Sub(began))
	if s.movedAt.Sub(s.measuredAt) >= saveEvery {
		s.measure()
	}
	return true, nil
}

// dueForSaving lists the machines whose turn it is, those first that were
// written longest ago.
func (s *Stream) dueForSaving(now time.Time) []*machine {
	due := slices.DeleteFunc(slices.Clone(s.engine.machines), func(m *machine) bool {
		switch failed := m.failed(); {
		case s.warming.holds(m.key): // its successor stands in its place
			return true
		case failed || m.saved.failed:
			return failed == m.saved.failed
		case m.saved.seq == m.seq:
			return true
		}
		return now.Sub(m.saved.at) < saveEvery && s.observed-m.saved.events < saveAfter
	})
	slices.SortStableFunc(due, func(a, b *machine) int { return cmp.Compare(a.saved.seq, b.saved.seq) })
	return due
}
