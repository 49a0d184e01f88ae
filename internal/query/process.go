package query

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"github.com/nightjar-sec/nightjar"
)

var (
	errWall = errors.New("the query took longer than its time limit")
	// errWorkerDied is any end of a worker that nobody asked for.
	errWorkerDied = errors.New("the query worker ended")
)

// process is one worker process, seen from the engine.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	w      *bufio.Writer
	r      *bufio.Reader
	stderr tail
	dirs   []string
	limits Limits
	caps   Capabilities
	named  []string // tables of the last query: their views are still there
	broken bool     // must not serve another query
	once   sync.Once
}

// tail keeps the last bytes that a worker wrote to stderr.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	// The first lines of a crash say what it was: keep those and drop the rest.
	if len(t.buf) > 8<<10 {
		t.buf = t.buf[:8<<10]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}

// spawn starts a worker that has not been told anything yet.
func spawn(command []string) (*process, error) {
	p := &process{}
	// Not bound to a context: a worker outlives the query that starts it, and kill ends it.
	p.cmd = exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // our own binary
	// GOTRACEBACK keeps a crash short; nothing else of the environment is passed on.
	p.cmd.Env = []string{"GOTRACEBACK=none"}
	p.cmd.Stderr = &p.stderr
	setAttributes(p.cmd)
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start query worker: %w", err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start query worker: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeUnavailable, Message: "the query worker does not start", Hint: "see whether the nightjar binary was moved, and start it again", Err: err}
	}
	p.in, p.w, p.r = in, bufio.NewWriter(in), bufio.NewReaderSize(out, 64<<10)
	return p, nil
}

// kill ends the worker and reaps it.
func (p *process) kill() {
	p.once.Do(func() {
		p.broken = true
		_ = p.in.Close()         // a dead worker's pipe
		_ = p.cmd.Process.Kill() // it may have ended by itself
		_ = p.cmd.Wait()         // how it ended is told by died
	})
}

// guard kills the worker as soon as ctx ends, whatever it is doing. A worker
// that was killed just as it finished must not be kept for the next query.
func (p *process) guard(ctx context.Context) (stop func()) {
	disarm := context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })
	return func() {
		if !disarm() {
			p.broken = true
		}
	}
}

// call sends a frame and reads the answer.
func (p *process) call(ctx context.Context, kind frameKind, body []byte) (frameKind, []byte, error) {
	if err := writeFrame(p.w, kind, body); err != nil {
		return 0, nil, p.died(ctx, err)
	}
	k, b, err := readFrame(p.r)
	if err != nil {
		return 0, nil, p.died(ctx, err)
	}
	return k, b, nil
}

// begin confines the worker to the directories.
func (p *process) begin(ctx context.Context, dirs []string, limits Limits) error {
	stop := p.guard(ctx)
	defer stop()
	p.dirs, p.limits = dirs, limits
	body, err := json.Marshal(setup{Directories: dirs, MemoryBytes: limits.Memory, Threads: limits.Threads})
	if err != nil {
		return fmt.Errorf("encode set-up: %w", err)
	}
	kind, answer, err := p.call(ctx, frameSetup, body)
	if err != nil {
		return err
	}
	if kind != frameReady {
		return &nightjar.Error{Code: nightjar.CodeInternal, Message: "the query worker cannot confine itself", Err: errors.New(string(answer))}
	}
	if err := json.Unmarshal(answer, &p.caps); err != nil {
		return fmt.Errorf("decode capabilities: %w", err)
	}
	return nil
}

// fits is true for a worker that may serve a query of these tenants and limits.
func (p *process) fits(dirs []string, limits Limits) bool {
	return slices.Equal(p.dirs, dirs) && p.limits.Memory == limits.Memory && p.limits.Threads == limits.Threads
}

func (p *process) parse(ctx context.Context, sql string) (string, error) {
	stop := p.guard(ctx)
	defer stop()
	kind, body, err := p.call(ctx, frameParse, []byte(sql))
	if err != nil {
		return "", err
	}
	switch kind {
	case frameTree:
		return string(body), nil
	case frameError:
		return "", p.failure(body)
	default:
		p.broken = true
		return "", fmt.Errorf("unexpected frame %q of the query worker", kind)
	}
}

// run sends the job and passes the answer on to the sink.
func (p *process) run(ctx context.Context, j job, limits Limits, sink Sink, stats *Stats) error {
	stop := p.guard(ctx)
	defer stop()
	body, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode job: %w", err)
	}
	if err := writeFrame(p.w, frameRun, body); err != nil {
		return p.died(ctx, err)
	}
	var columns []Column
	for {
		kind, body, err := readFrame(p.r)
		if err != nil {
			return p.died(ctx, err)
		}
		switch kind {
		case frameColumns:
			if err := json.Unmarshal(body, &columns); err != nil {
				p.broken = true
				return fmt.Errorf("decode columns: %w", err)
			}
			if err := sink.Columns(columns); err != nil {
				p.broken = true // rows are still on their way
				return err      //nolint:wrapcheck // the sink's own words
			}
		case frameBatch:
			if err := p.rows(body, len(columns), limits, sink, stats); err != nil {
				p.broken = true
				return err
			}
		case frameDone:
			return nil
		case frameError:
			return p.failure(body)
		default:
			p.broken = true
			return fmt.Errorf("unexpected frame %q of the query worker", kind)
		}
	}
}

func (p *process) rows(body []byte, width int, limits Limits, sink Sink, stats *Stats) error {
	if len(body) < 4 {
		return errBadValue
	}
	n, rest := binary.LittleEndian.Uint32(body), body[4:]
	stats.bytes += int64(len(rest))
	for range n {
		if stats.Rows >= limits.Rows {
			return p.limit(fmt.Sprintf("the answer has more than %d rows", limits.Rows), "add LIMIT, narrow the time range, or raise query.rows")
		}
		values := make([]any, width)
		for i := range values {
			var err error
			if values[i], rest, err = decodeValue(rest, 0); err != nil {
				return err
			}
		}
		if err := sink.Row(values); err != nil {
			return err //nolint:wrapcheck // the sink's own words
		}
		stats.Rows++
	}
	return nil
}

// died explains the end of a worker in the middle of a call.
func (p *process) died(ctx context.Context, cause error) error {
	p.kill()
	if ctx.Err() != nil {
		if errors.Is(context.Cause(ctx), errWall) {
			return p.limit(errWall.Error(), "narrow the time range, or raise query.timeout")
		}
		return &nightjar.Error{Code: nightjar.CodeInterrupted, Message: "the query was cancelled", Err: context.Cause(ctx)}
	}
	status, text := p.cmd.ProcessState, p.stderr.String()
	switch {
	case status != nil && status.ExitCode() == exitCPULimit:
		return p.limit("the query used up its CPU time", "narrow the time range, or raise query.timeout")
	case strings.Contains(text, "out of memory"), strings.Contains(text, "cannot allocate memory"), strings.Contains(text, "bad_alloc"),
		strings.Contains(text, "runtime: "):
		return memoryError(errWorkerDied)
	}
	return &nightjar.Error{
		Code: nightjar.CodeLimit, Message: "the query brought its worker down", Hint: "simplify it; nothing else was harmed",
		Err: fmt.Errorf("%w: %w: %v: %s", errWorkerDied, cause, status, firstLine(text)),
	}
}

// limit is the end of a query at a limit other than memory.
func (p *process) limit(message, hint string) error {
	return &nightjar.Error{Code: nightjar.CodeLimit, Message: message, Hint: cmp.Or(p.limits.Hint, hint)}
}

func memoryError(cause error) error {
	return &nightjar.Error{Code: nightjar.CodeLimit, Message: "the query needs more memory than it may use", Hint: "narrow the time range, group by fewer values, or raise query.memory", Err: cause}
}

// failure turns an error frame into the one error type.
func (p *process) failure(body []byte) error {
	var w workerError
	if err := json.Unmarshal(body, &w); err != nil {
		return fmt.Errorf("decode error of the query worker: %w", err)
	}
	cause := errors.New(w.Message)
	switch w.Limit {
	case "memory":
		return memoryError(cause)
	case "bytes":
		return p.limit("the answer is larger than its limit", "select fewer columns, add LIMIT, or raise query.bytes")
	}
	kind, rest, _ := strings.Cut(w.Message, ": ")
	switch {
	case strings.Contains(w.Message, "Invalid string encoding found in Parquet"):
		return &nightjar.Error{
			Code: nightjar.CodeCorrupt, Message: "a stored record is not UTF-8 text, so the raw of its segment cannot be searched",
			Hint: "show raw without computing with it, or narrow the time range around the record", Err: cause,
		}
	case strings.Contains(w.Message, "API error: empty name"):
		// The driver cannot read a struct whose fields have no names.
		return invalid("select the columns one by one", "a row (a, b, …) can be compared, but not shown")
	case strings.Contains(w.Message, "No files found"), strings.Contains(w.Message, "No such file"), strings.Contains(w.Message, "no such file"):
		return fmt.Errorf("%w: %w", errSegmentGone, cause)
	case kind == "Binder Error" && unknownColumnText.MatchString(rest):
		return columnError(rest)
	case slices.Contains([]string{"Binder Error", "Parser Error", "Catalog Error", "Conversion Error", "Invalid Input Error", "Out of Range Error", "Invalid Error", "Syntax Error", "Not implemented Error", "Mismatch Type Error"}, kind):
		return &nightjar.Error{Code: nightjar.CodeInvalid, Message: firstLine(rest), Hint: "tables, columns and functions are in docs/sql.md"}
	default:
		return &nightjar.Error{Code: nightjar.CodeInternal, Message: "the query failed", Err: cause}
	}
}
