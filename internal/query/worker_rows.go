package query

import (
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errResultBytes ends a query whose answer is larger than its limit.
var errResultBytes = errors.New("the answer is larger than the byte limit")

// send writes the columns, the rows in batches and the end. A slow reader
// holds it up at the pipe: that is the backpressure.
func (w *worker) send(rows driver.Rows, j job) error {
	types, ok := rows.(driver.RowsColumnTypeDatabaseTypeName)
	if !ok {
		return errors.New("the driver does not tell column types")
	}
	names := rows.Columns()
	columns := make([]Column, len(names))
	late := make([]bool, len(names))
	for i, n := range names {
		columns[i] = Column{Name: n, Type: types.ColumnTypeDatabaseTypeName(i)}
		if len(j.LateBase) > 0 && columns[i].Type == lateType {
			late[i], columns[i].Type = true, "VARCHAR"
		}
	}
	if err := writeJSON(w.out, frameColumns, columns); err != nil {
		return err
	}
	s := &sender{w: w, job: j, late: late}
	for {
		values := make([]any, len(names))
		dest := make([]driver.Value, len(names))
		err := rows.Next(dest)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
		for i := range dest {
			values[i] = dest[i]
		}
		if err := s.row(values); err != nil {
			return err
		}
	}
	if err := s.flush(); err != nil {
		return err
	}
	return writeFrame(w.out, frameDone, nil)
}

// lateRows is how many rows wait together for their raw text: enough that
// rows of one page are read together, few enough to stay small in memory.
const lateRows = 512

// sender gathers rows, fills in raw text that was only referenced, and writes batches.
type sender struct {
	w       *worker
	job     job
	late    []bool
	pending [][]any
	sent    int64
	batch   []byte
	rows    uint32
}

func (s *sender) row(values []any) error {
	if len(s.job.LateBase) == 0 {
		return s.encode(values)
	}
	s.pending = append(s.pending, values)
	if len(s.pending) < lateRows {
		return nil
	}
	return s.resolve()
}

func (s *sender) resolve() error {
	if len(s.pending) == 0 {
		return nil
	}
	if s.w.late == nil {
		s.w.late = newRawReader(s.w.threads)
	}
	if err := s.w.late.fill(s.job.LateBase, s.pending, s.late); err != nil {
		return err
	}
	for _, values := range s.pending {
		if err := s.encode(values); err != nil {
			return err
		}
	}
	s.pending = s.pending[:0]
	return nil
}

func (s *sender) encode(values []any) error {
	if s.batch == nil {
		s.batch = make([]byte, 4, batchBytes+batchBytes/4)
	}
	before := len(s.batch)
	var err error
	if s.batch, err = appendAll(s.batch, values); err != nil {
		return err
	}
	s.rows++
	s.sent += int64(len(s.batch) - before)
	if s.job.MaxBytes > 0 && s.sent > s.job.MaxBytes {
		return errResultBytes
	}
	if len(s.batch) >= batchBytes {
		return s.write()
	}
	return nil
}

func (s *sender) flush() error {
	if err := s.resolve(); err != nil {
		return err
	}
	return s.write()
}

func (s *sender) write() error {
	if s.rows == 0 {
		return nil
	}
	binary.LittleEndian.PutUint32(s.batch, s.rows)
	err := writeFrame(s.w.out, frameBatch, s.batch)
	s.batch, s.rows = s.batch[:4], 0
	return err
}
