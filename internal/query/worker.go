package query

import (
	"bufio"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/duckdb/duckdb-go/v2"
)

const (
	// exitCPULimit is the exit status of a worker whose CPU time was up.
	exitCPULimit = 87
	// exitAbandoned is that of a worker whose engine went away during a query.
	exitAbandoned = 88
)

// batchBytes is the size at which rows on their way out are sent.
const batchBytes = 128 << 10

// worker is the state of one worker process. It serves one query at a time.
type worker struct {
	in   *bufio.Reader
	out  *bufio.Writer
	conn *duckdb.Conn
	late *rawReader
	lab  lab
	// unanswered counts the frames that are read and not yet answered.
	unanswered atomic.Int32

	threads int
}

// lab switches single layers off, so that tests can see the others hold. No
// frame can set it.
type lab struct {
	direct   bool // run SQL that nobody checked
	settings bool // leave DuckDB's own guard rails out
}

// WorkerMain is the body of a worker process: it confines itself as the first
// frame says, then parses and runs queries until stdin ends. stdout carries
// frames only.
func WorkerMain(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	return workerMain(ctx, stdin, stdout, lab{})
}

func workerMain(ctx context.Context, stdin io.Reader, stdout io.Writer, l lab) error {
	w := &worker{lab: l, in: bufio.NewReaderSize(stdin, 64<<10), out: bufio.NewWriterSize(stdout, 64<<10)}
	exitOnCPULimit()
	if err := w.open(ctx); err != nil {
		return err
	}
	orders := w.listen()
	first := <-orders
	if errors.Is(first.err, io.EOF) {
		return nil
	}
	if first.err != nil {
		return first.err
	}
	if first.kind != frameSetup {
		return fmt.Errorf("frame %q before the set-up", first.kind)
	}
	if err := w.start(ctx, first.body); err != nil {
		return errors.Join(err, writeJSON(w.out, frameError, workerError{Message: err.Error()}))
	}
	w.unanswered.Add(-1)
	for {
		o := <-orders
		if errors.Is(o.err, io.EOF) {
			return nil
		}
		if o.err != nil {
			return o.err
		}
		var err error
		switch o.kind {
		case frameParse:
			err = w.parse(ctx, string(o.body))
		case frameRun:
			err = w.run(ctx, o.body)
		default:
			return fmt.Errorf("unexpected frame %q", o.kind)
		}
		if err != nil {
			if err := writeJSON(w.out, frameError, describe(err)); err != nil {
				return err
			}
		}
		w.unanswered.Add(-1)
	}
}

// order is a frame from the engine, or why there are no more.
type order struct {
	kind frameKind
	body []byte
	err  error
}

// listen reads what the engine sends. When stdin ends while a frame is being
// answered, the engine is gone, killed perhaps, and nobody wants the answer:
// the process ends at once, whatever DuckDB is doing in other threads.
func (w *worker) listen() <-chan order {
	orders := make(chan order)
	go func() {
		for {
			kind, body, err := readFrame(w.in)
			if err != nil {
				if w.unanswered.Load() > 0 {
					os.Exit(exitAbandoned)
				}
				orders <- order{err: err}
				return
			}
			w.unanswered.Add(1) // before the other side can count it as answered
			orders <- order{kind: kind, body: body}
		}
	}()
	return orders
}

// open starts DuckDB with one thread. It happens before the process is
// confined, because DuckDB reads the machine's limits from /proc and /sys and
// 1.5.5 aborts when it may not; no query has been seen by then, and a worker
// that waits for its first one is the quicker for it.
func (w *worker) open(ctx context.Context) error {
	connector, err := duckdb.NewConnector("?threads=1", nil)
	if err != nil {
		return fmt.Errorf("open DuckDB: %w", err)
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return fmt.Errorf("connect to DuckDB: %w", err)
	}
	w.conn = conn.(*duckdb.Conn) //nolint:forcetypeassert // what this driver returns
	return nil
}

// start confines the process before it sees a query. The threads that DuckDB
// starts for the queries are born confined.
func (w *worker) start(ctx context.Context, body []byte) error {
	var s setup
	if err := json.Unmarshal(body, &s); err != nil {
		return fmt.Errorf("read the set-up: %w", err)
	}
	w.threads = s.Threads
	caps, err := confine(s)
	if err != nil {
		return err
	}
	guards := settings(s)
	if w.lab.settings {
		guards = guards[:2]
	}
	for _, q := range guards {
		if err := w.exec(ctx, q); err != nil {
			return fmt.Errorf("set up DuckDB: %w", err)
		}
	}
	return writeJSON(w.out, frameReady, caps)
}

// settings is the inner layer: what DuckDB itself refuses. The order matters,
// since each of the last two closes a door that the earlier ones use.
func settings(s setup) []string {
	dirs := make([]string, len(s.Directories))
	for i, d := range s.Directories {
		dirs[i] = quoteString(strings.TrimSuffix(d, "/") + "/")
	}
	return []string{
		fmt.Sprintf("SET memory_limit='%dB'", s.MemoryBytes),
		fmt.Sprintf("SET threads=%d", max(1, s.Threads)),
		"SET TimeZone='UTC'",
		"SET parquet_metadata_cache=true",      // segments never change
		"SET enable_external_file_cache=false", // the kernel has the pages already
		"SET temp_directory=''",
		"SET max_temp_directory_size='0B'",
		"SET autoinstall_known_extensions=false",
		"SET autoload_known_extensions=false",
		"SET allow_community_extensions=false",
		"SET allow_persistent_secrets=false",
		"SET max_expression_depth=400",
		"SET allowed_directories=[" + strings.Join(dirs, ",") + "]",
		"SET enable_external_access=false",
		"SET lock_configuration=true",
	}
}

func (w *worker) exec(ctx context.Context, q string) error {
	_, err := w.conn.ExecContext(ctx, q, nil)
	return err //nolint:wrapcheck // describe reads DuckDB's own error
}

// text runs a query of one value.
func (w *worker) text(ctx context.Context, q, arg string) (string, error) {
	rows, err := w.conn.QueryContext(ctx, q, []driver.NamedValue{{Ordinal: 1, Value: arg}})
	if err != nil {
		return "", err //nolint:wrapcheck // describe reads DuckDB's own error
	}
	defer rows.Close()
	dest := make([]driver.Value, 1)
	if err := rows.Next(dest); err != nil {
		return "", err //nolint:wrapcheck // as above
	}
	s, ok := dest[0].(string)
	if !ok {
		return "", fmt.Errorf("DuckDB gave %T, not text", dest[0])
	}
	return s, nil
}

func (w *worker) parse(ctx context.Context, sql string) error {
	// The cast keeps the driver from decoding the JSON.
	tree, err := w.text(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", sql)
	if err != nil {
		return err
	}
	return writeFrame(w.out, frameTree, []byte(tree))
}

func (w *worker) run(ctx context.Context, body []byte) error {
	var j job
	if err := json.Unmarshal(body, &j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	if err := allowCPU(j.CPU); err != nil {
		return err
	}
	for _, q := range j.Prepare {
		if err := w.exec(ctx, q); err != nil {
			return err
		}
	}
	q := j.Direct
	if !w.lab.direct {
		var err error
		if q, err = w.text(ctx, "SELECT json_deserialize_sql(?::JSON)", j.Tree); err != nil {
			return err
		}
	}
	rows, err := w.conn.QueryContext(ctx, q, nil)
	if err != nil {
		return err //nolint:wrapcheck // describe reads DuckDB's own error
	}
	defer rows.Close()
	return w.send(rows, j)
}

// describe turns an error of DuckDB into what the engine decides on.
func describe(err error) workerError {
	out := workerError{Message: err.Error()}
	var d *duckdb.Error
	switch {
	case errors.As(err, &d) && d.Type == duckdb.ErrorTypeOutOfMemory,
		strings.Contains(out.Message, "Out of Memory"),
		strings.Contains(out.Message, "std::bad_alloc"),
		strings.Contains(out.Message, "Allocation failure"),
		strings.Contains(out.Message, "failed to allocate"):
		out.Limit = "memory"
	case errors.Is(err, errResultBytes), errors.Is(err, errFrameTooLarge), errors.Is(err, errListTooLong):
		out.Limit = "bytes"
	}
	return out
}
