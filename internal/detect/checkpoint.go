package detect

import (
	"context"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// maxState bounds the memory of one machine that is read back.
const maxState = 1 << 30

// checkpoint writes the state of all machines, with the cursor: at a start, an
// end, and when the machines become others. In between they take turns; see
// saveSome. One that fails is tried again with the next round.
func (s *Stream) checkpoint(ctx context.Context) error {
	s.unwritten = true // until it is
	pack, err := newPacker()
	if err != nil {
		return err
	}
	var rows []machineRow
	for _, m := range s.engine.machines {
		// In the place of one that has a successor stands that.
		if s.warming.holds(m.key) {
			continue
		}
		row, ok, err := m.row(pack)
		if err != nil {
			return err
		}
		if ok {
			rows = append(rows, row)
		}
	}
	if s.warming != nil {
		for _, m := range s.warming.engine.machines {
			rows = append(rows, machineRow{Machine: m.key, Version: m.version, Since: m.since})
		}
	}
	err = s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := writeMachines(ctx, tx, rows); err != nil {
			return err
		}
		if err := writeProgress(ctx, tx, s.begun, s.rules.Version()); err != nil {
			return err
		}
		return s.reader.Commit(ctx, tx, s.seq)
	})
	if err != nil {
		return fmt.Errorf("write what correlations remember: %w", err)
	}
	s.saved, s.unwritten = s.seq, false
	for _, m := range s.engine.machines {
		s.keptAt(m)
	}
	s.moved()
	s.measure()
	return nil
}

// newPacker compresses states. Its window is small, as memory is for what
// correlations remember.
func newPacker() (*zstd.Encoder, error) {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(512<<10))
	if err != nil {
		return nil, fmt.Errorf("compress state: %w", err)
	}
	return pack, nil
}

// row is a machine as the catalog keeps it; false when there is nothing to keep.
func (m *machine) row(pack *zstd.Encoder) (machineRow, bool, error) {
	// One that is out of order begins anew at the next start, and counts from
	// where it failed.
	if m.failed() {
		return machineRow{Machine: m.key, Version: m.version, Since: m.seq}, m.seq > 0, nil
	}
	state, err := m.save()
	if err != nil {
		return machineRow{}, false, fmt.Errorf("write the state of %s: %w", m.label(), err)
	}
	return machineRow{Machine: m.key, Version: m.version, Seq: m.seq, Since: m.since, State: pack.EncodeAll(state, []byte{})}, true, nil
}

func (s *Stream) keptAt(m *machine) {
	m.saved = saved{seq: m.seq, failed: m.failed(), at: s.wall.Now(), events: s.observed}
}

// moved says that the cursor in the catalog is where the stream is.
func (s *Stream) moved() { s.committed, s.movedAt = s.seq, s.wall.Now() }

// restore gives the machines of a new engine what they remembered. It returns
// the commit from which on events must be observed again, and the machines that
// must be warmed up, with the commit up to which they find nothing.
func (s *Stream) restore(ctx context.Context, cursor int64, first bool) (from int64, cold []*machine, err error) {
	rows, err := readMachines(ctx, s.cfg.Catalog)
	if err != nil {
		return 0, nil, err
	}
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxState))
	if err != nil {
		return 0, nil, fmt.Errorf("read state: %w", err)
	}
	defer unpack.Close()
	from = cursor
	var warm []*machine
	for _, m := range s.engine.machines {
		row, known := rows[m.key]
		switch {
		case m.failure != nil:
			warm = append(warm, m)
			continue
		case first:
			// All that there is comes by in the stream itself.
			warm = append(warm, m)
			continue
		case !known || row.Version != m.version:
			m.since = cursor
			cold = append(cold, m)
			continue
		case row.State == nil:
			m.since = row.Since
			cold = append(cold, m)
			continue
		}
		state, err := unpack.DecodeAll(row.State, nil)
		ok := false
		if err == nil {
			ok, err = m.load(state, s.engine.source)
		}
		if err != nil {
			s.log.ErrorContext(ctx, "what a correlation remembered cannot be read; it is found out again", "rule", m.label(), "error", err)
		}
		if !ok {
			m.since = max(row.Since, cursor)
			cold = append(cold, m)
			continue
		}
		m.seq, m.since = row.Seq, row.Since
		s.keptAt(m)
		from = min(from, row.Seq)
		warm = append(warm, m)
	}
	s.engine.machines = warm
	return from, cold, s.engine.compile(true)
}

// beginning reads, or marks, when detection began.
func (s *Stream) beginning(ctx context.Context) (first bool, err error) {
	row, known, err := readProgress(ctx, s.cfg.Catalog)
	if err != nil {
		return false, err
	}
	if known {
		s.begun = catalog.Time(row.Begun)
		return false, nil
	}
	s.begun = s.cfg.Clock.Now()
	return true, s.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return writeProgress(ctx, tx, s.begun, s.rules.Version())
	})
}
