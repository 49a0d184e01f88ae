package query

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// Config is what an Engine needs.
type Config struct {
	Journal *journal.Journal
	// WorkerCommand starts a process whose body is WorkerMain, e.g.
	// {"/usr/bin/nightjar", "query-worker"}.
	WorkerCommand []string
	Limits        Limits // defaults of requests; zero fields take DefaultLimits
	// Warm is how many idle workers are kept; 0 means 2, below 0 none.
	Warm   int
	Clock  clock.Clock
	Logger *slog.Logger
}

// Engine answers queries. It is safe for concurrent use.
type Engine struct {
	cfg   Config
	pool  *pool
	times groupTimes
	slice int64 // rows of the first slice of time; see newest.go
}

// Request is one question.
type Request struct {
	SQL     string
	Tenants []nightjar.Tenant // the only tenants that the query sees; ID and Name count
	Limits  Limits            // zero fields take the engine's
	// Patience lets a question for the newest rows that fit some conditions end
	// after this time with those of a part of the span, the newest; see
	// Stats.SearchedTo. Without any row it goes on for a few times as long. 0
	// has all of the span searched.
	Patience time.Duration
}

// Sink takes an answer as it comes. An error of it stops the query.
type Sink interface {
	// Columns is called once, before the first row.
	Columns(columns []Column) error
	// Row is called for each row; values are nil, bool, int64, float64,
	// string, []byte, time.Time, []any or map[string]any, and the slice
	// belongs to the callee.
	Row(values []any) error
}

// Stats tells what an answer took.
type Stats struct {
	Rows          int64         `json:"rows"`
	Segments      int           `json:"segments"`       // files that were read
	SegmentsTotal int           `json:"segments_total"` // files of the tenants and tables
	Elapsed       time.Duration `json:"elapsed"`
	// SearchedTo is where a question with Patience ended: it is answered for
	// all times from there on. Zero when all of it was answered.
	SearchedTo time.Time `json:"searched_to,omitzero"`

	bytes int64 // of the rows, as workers sent them
}

// maxSQL bounds the text of a query.
const maxSQL = 256 << 10

// New returns an engine; it starts no process before the first query.
func New(cfg Config) (*Engine, error) {
	if cfg.Journal == nil || len(cfg.WorkerCommand) == 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "query engine needs a journal and a worker command"}
	}
	cfg.Limits = cfg.Limits.or(DefaultLimits())
	if cfg.Limits.Memory < 64<<20 {
		return nil, invalid("give query.memory at least 64 MB", "a query cannot run in %d bytes of memory", cfg.Limits.Memory)
	}
	if cfg.Warm == 0 {
		cfg.Warm = 2
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Engine{cfg: cfg, pool: newPool(cfg), slice: firstSlice}, nil
}

// Close ends the idle workers. Queries that run end by themselves.
func (e *Engine) Close() { e.pool.close() }

// Capabilities says which layers of the sandbox are in force here. It starts
// a worker to find out.
func (e *Engine) Capabilities(ctx context.Context) (Capabilities, error) {
	p, err := e.pool.take(ctx, nil, e.cfg.Limits)
	if err != nil {
		return Capabilities{}, err
	}
	defer e.pool.put(p)
	return p.caps, nil
}

// Check tells whether the SQL is in the language, without running it.
func (e *Engine) Check(ctx context.Context, sql string) error {
	p, err := e.pool.take(ctx, nil, e.cfg.Limits)
	if err != nil {
		return err
	}
	if _, err := e.parse(ctx, p, sql); err != nil {
		e.pool.giveBack(p, err)
		return err
	}
	e.pool.put(p)
	return nil
}

// Run answers one question. Cancelling ctx kills the worker at once.
func (e *Engine) Run(ctx context.Context, req Request, sink Sink) (Stats, error) {
	limits := req.Limits.or(e.cfg.Limits)
	start := clock.Real().Now() // how long people wait, whatever a scaled clock says
	var stats Stats
	for attempt := 0; ; attempt++ {
		var err error
		stats, err = e.once(ctx, req, limits, sink)
		stats.Elapsed = clock.Real().Since(start)
		// Compaction may unlink a file between the choice and the reading.
		if errors.Is(err, errSegmentGone) && stats.Rows == 0 && attempt < 3 {
			continue
		}
		if _, dead := errors.AsType[*deadOnArrivalError](err); dead && attempt == 0 {
			// What ended one idle worker may have ended all: the next is new.
			e.pool.drain()
			continue
		}
		return stats, err
	}
}

// deadOnArrivalError is a worker that ended before it was given the job: it was
// killed while idle, or the query's text brings parsers down.
type deadOnArrivalError struct{ error }

func (e *deadOnArrivalError) Unwrap() error { return e.error }

var errSegmentGone = errors.New("a segment was replaced while the query began")

// folderGoneError is a folder that was not there when the query began: its first
// records landed since, or it was lost.
type folderGoneError struct{ error }

func (e folderGoneError) Unwrap() error { return e.error }

func (folderGoneError) Is(target error) bool { return target == errSegmentGone }

func (e *Engine) once(ctx context.Context, req Request, limits Limits, sink Sink) (stats Stats, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Wall, errWall)
	defer cancel()
	var dirs []string
	req.Tenants, dirs, err = e.stored(ctx, req.Tenants)
	if err != nil {
		return stats, err
	}
	p, err := e.pool.take(ctx, dirs, limits)
	if errors.Is(err, errWorkerDied) {
		return stats, &deadOnArrivalError{err}
	}
	if err != nil {
		return stats, err
	}
	defer func() { e.pool.giveBack(p, err) }()
	plan, err := e.parse(ctx, p, req.SQL)
	if errors.Is(err, errWorkerDied) {
		return stats, &deadOnArrivalError{err}
	}
	if err != nil {
		return stats, err
	}
	if plan.newest > 0 {
		p.named = sorted(append(p.named, slices.Collect(maps.Keys(plan.tables))...))
		if err = e.newest(ctx, p, plan, req, limits, sink, &stats); err != nil {
			return stats, plan.suggestColumn(err)
		}
		return stats, nil
	}
	j, err := e.job(ctx, plan, req.Tenants, limits, &stats, p.named)
	if err != nil {
		return stats, err
	}
	named := slices.Collect(maps.Keys(plan.tables))
	p.named = append(p.named, named...) // until all views are certainly replaced
	if err = p.run(ctx, j, limits, sink, &stats); err != nil {
		return stats, plan.suggestColumn(err)
	}
	p.named = named
	return stats, nil
}

// stored returns those of the tenants that have records, and their folders. A
// tenant whose first records land while the query runs had none when it began:
// the worker may not read a folder that was not there.
func (e *Engine) stored(ctx context.Context, tenants []nightjar.Tenant) (with []nightjar.Tenant, dirs []string, err error) {
	for _, t := range tenants {
		// The id becomes a part of a path: nothing but a GUID may.
		id := nightjar.Installation
		if t.ID != id {
			if id, err = nightjar.ParseTenantID(string(t.ID)); err != nil {
				return nil, nil, err //nolint:wrapcheck // already a sentence for people
			}
		}
		dir, err := filepath.Abs(e.cfg.Journal.Path(nightjar.Segment{Path: string(id)}))
		if err != nil {
			return nil, nil, fmt.Errorf("find the folder of tenant %s: %w", id, err)
		}
		there, err := isDir(dir)
		if err != nil {
			return nil, nil, fmt.Errorf("look for the folder of tenant %s: %w", id, err)
		}
		if there {
			with, dirs = append(with, t), append(dirs, dir)
			continue
		}
		segments, err := e.cfg.Journal.Segments(ctx, journal.SegmentFilter{Tenants: []nightjar.TenantID{t.ID}})
		if err != nil {
			return nil, nil, fmt.Errorf("choose segments: %w", err)
		}
		if len(segments) > 0 {
			return nil, nil, folderGoneError{&nightjar.Error{
				Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("the folder of tenant %s is not there, and the catalog names %d segments in it", cmp.Or(t.Name, string(id)), len(segments)),
				Hint: "put journal/" + string(id) + " back into the data folder, from a backup or by mounting its disk; nightjar verify says what is missing",
			}}
		}
	}
	return with, sorted(dirs), nil
}

func (e *Engine) parse(ctx context.Context, p *process, sql string) (*plan, error) {
	if len(sql) > maxSQL {
		return nil, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the query is longer than %d bytes", maxSQL), Hint: "shorten it"}
	}
	if found := strings.Contains(sql, "\x00"); found || !utf8.ValidString(sql) {
		return nil, invalid("type the query again, it was damaged on its way", "the query is not UTF-8 text")
	}
	tree, err := p.parse(ctx, sql)
	if err != nil {
		return nil, err
	}
	return check(tree, e.cfg.Clock.Now())
}

// job turns a plan into what the worker runs; before are the tables that the
// worker's last query named.
func (e *Engine) job(ctx context.Context, pl *plan, tenants []nightjar.Tenant, limits Limits, stats *Stats, before []string) (job, error) {
	b := &viewBuilder{journal: e.cfg.Journal, tenants: tenants, plan: pl, times: &e.times, stats: stats}
	views, err := b.views(ctx, before)
	if err != nil {
		return job{}, err
	}
	limitRows(pl.query, limits.Rows)
	tree, err := json.Marshal(pl.tree)
	if err != nil {
		return job{}, fmt.Errorf("encode syntax tree: %w", err)
	}
	j := job{
		Prepare: views, Tree: string(tree), MaxBytes: limits.Bytes,
		CPU: int64(limits.Wall/time.Second)*int64(limits.Threads) + 1,
	}
	j.files = b.files
	if pl.late {
		j.LateBase = b.files
	}
	return j, nil
}

// limitRows lets the engine stop one row behind the limit, unless the query
// itself says how many rows it wants.
func limitRows(q node, rows int64) {
	modifiers := q.list("modifiers")
	for _, m := range modifiers {
		if asNode(m).str("type") == "LIMIT_MODIFIER" {
			return
		}
	}
	q["modifiers"] = append(modifiers, map[string]any{
		"type": "LIMIT_MODIFIER", "limit": map[string]any(intNode(rows + 1)), "offset": nil,
	})
}
