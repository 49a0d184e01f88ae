// Command query measures how long common questions take over a generated
// journal, beside plain DuckDB over its own table with the same events.
//
//	go run ./bench/query -events 1000000
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the engine to compare with

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "query-worker" {
		if err := query.WorkerMain(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.IntVar(&o.events, "events", 1_000_000, "events of the journal; a million is a day")
	flag.StringVar(&o.dir, "dir", "", "folder of the journal, kept and used again; empty means one that goes away")
	flag.IntVar(&o.commit, "commit", 100_000, "events of a commit while the journal is filled")
	flag.IntVar(&o.group, "group", 0, "rows of a row group; 0 is the default of the journal")
	flag.IntVar(&o.runs, "runs", 5, "runs of each question")
	flag.BoolVar(&o.native, "native", true, "measure plain DuckDB too")
	flag.BoolVar(&o.compact, "compact", true, "compact the journal first")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type options struct {
	events, runs    int
	commit, group   int
	dir             string
	native, compact bool
}

// perDay is how the events are spread: the size of a large tenant.
const perDay = 1_000_000

var firstDay = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func run(ctx context.Context, o options) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "nightjar-bench-")
		if err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	generator, err := sim.NewGenerator(sim.GeneratorConfig{Seed: 1, People: 5000, EventsPerDay: perDay})
	if err != nil {
		return fmt.Errorf("make the generator: %w", err)
	}
	tenant := nightjar.Tenant{ID: nightjar.TenantID(generator.TenantID()), Name: "contoso"}
	db, err := catalog.Open(ctx, catalog.Config{Path: filepath.Join(o.dir, "catalog.db")})
	if err != nil {
		return fmt.Errorf("open the catalog: %w", err)
	}
	defer db.Close()
	j, err := journal.New(journal.Config{Dir: filepath.Join(o.dir, "journal"), Catalog: db, RowGroupRows: o.group})
	if err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	if err := fill(ctx, j, generator, tenant, o); err != nil {
		return err
	}
	first := generator.Index(firstDay)
	questions, err := ask(generator, tenant, first, o)
	if err != nil {
		return err
	}
	if err := ours(ctx, j, tenant, questions, o); err != nil {
		return err
	}
	if o.native {
		if err := native(ctx, j, tenant, questions, o); err != nil {
			return err
		}
	}
	report(questions, o)
	return nil
}

// fill writes the events in large commits, unless the journal has them.
func fill(ctx context.Context, j *journal.Journal, g *sim.Generator, tenant nightjar.Tenant, o options) error {
	segments, err := j.Segments(ctx, journal.SegmentFilter{Tenants: []nightjar.TenantID{tenant.ID}})
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	if len(segments) > 0 {
		return compact(ctx, j, tenant, o)
	}
	start := time.Now()
	cursor := g.Next(firstDay)
	batch := make([]nightjar.Event, 0, o.commit)
	for i := range o.events {
		feed, raw := cursor.Next()
		e, err := normalise.Record(raw, normalise.Origin{
			Tenant: tenant.ID, Feed: nightjar.Feed(feed), ContentID: "bench", Index: i, ContentCreated: firstDay, Ingested: firstDay,
		})
		if err != nil {
			return fmt.Errorf("normalise event %d: %w", i, err)
		}
		batch = append(batch, e)
		if len(batch) == o.commit || i == o.events-1 {
			if _, err := j.Append(ctx, journal.Batch{Tenant: tenant.ID, Sources: []journal.Source{{Events: batch}}}); err != nil {
				return fmt.Errorf("append: %w", err)
			}
			batch = batch[:0]
		}
	}
	fmt.Printf("wrote %d events in %s\n", o.events, time.Since(start).Round(time.Millisecond))
	return compact(ctx, j, tenant, o)
}

func compact(ctx context.Context, j *journal.Journal, tenant nightjar.Tenant, o options) error {
	if !o.compact {
		return nil
	}
	start := time.Now()
	r, err := j.Compact(ctx, tenant.ID)
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	fmt.Printf("compacted %d segments into %d in %s\n", r.Before, r.After, time.Since(start).Round(time.Millisecond))
	return nil
}

type question struct {
	name, sql, plain string
	mark             time.Duration // what must hold at 10 million events; 0 for none
	rows             int64
	ours, native     []timing
	segments         string
}

// timing is of one answer: how long it took, and the CPU time of all processes.
type timing struct{ wall, cpu time.Duration }

// ask makes the questions; names and words come from events of the middle.
func ask(g *sim.Generator, tenant nightjar.Tenant, first uint64, o options) ([]question, error) {
	event := func(i uint64) (nightjar.Event, error) {
		e, err := normalise.Record(g.AppendEvent(nil, i), normalise.Origin{Tenant: tenant.ID, Feed: nightjar.Feed(g.Feed(i))})
		if err != nil {
			return e, fmt.Errorf("read event %d: %w", i, err)
		}
		return e, nil
	}
	middle := first + uint64(o.events/2)
	e, err := event(middle)
	if err != nil {
		return nil, err
	}
	// An event's user is more often a busy one than not. The one in the middle
	// of all users by their events is a typical one.
	count := map[string]int{}
	for i := range min(o.events, perDay) {
		e, err := event(first + uint64(i))
		if err != nil {
			return nil, err
		}
		if strings.Contains(e.UserID, "@") {
			count[e.UserID]++
		}
	}
	users := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[a], count[b]), strings.Compare(a, b))
	})
	typical := users[len(users)/2]

	word, _, _ := strings.Cut(e.ID, "-")
	day := g.Time(middle).Truncate(24 * time.Hour)
	when := fmt.Sprintf("time >= TIMESTAMP '%s' AND time < TIMESTAMP '%s'", day.Format(time.DateTime), day.Add(24*time.Hour).Format(time.DateTime))
	same := func(name string, mark time.Duration, sql string) question {
		return question{name: name, mark: mark, sql: sql, plain: sql}
	}
	timeline := func(user string) string {
		return "SELECT time, operation, raw FROM management WHERE user_id = '" + user + "' ORDER BY time"
	}
	json := func(name string, mark time.Duration, where string) question {
		q := same(name, mark, "SELECT count(*) AS n FROM management WHERE "+when+" AND json_value"+where)
		q.plain = strings.ReplaceAll(q.plain, "json_value", "json_extract_string")
		return q
	}
	buckets := same("count by 5 minutes of a day", 50*time.Millisecond,
		"SELECT tbucket(INTERVAL '5 minutes', time) AS b, count(*) AS n FROM management WHERE "+when+" GROUP BY b ORDER BY b")
	buckets.plain = strings.ReplaceAll(buckets.sql, "tbucket", "time_bucket")
	rare := same("a rare word over all raw", 500*time.Millisecond, "SELECT time, user_id, operation FROM management WHERE has_token(raw, '"+word+"') ORDER BY time")
	rare.plain = strings.ReplaceAll(rare.sql, "has_token", "contains")
	return []question{
		buckets,
		same("top users", 60*time.Millisecond, "SELECT user_id, count(*) AS n FROM management GROUP BY user_id ORDER BY n DESC, user_id LIMIT 10"),
		rare,
		same("a typical user's timeline with raw", 300*time.Millisecond, timeline(typical)),
		same("a busy user's timeline with raw", 300*time.Millisecond, timeline(e.UserID)),
		same("latest 100 with raw", 300*time.Millisecond, "SELECT time, user_id, operation, raw FROM management ORDER BY time DESC LIMIT 100"),
		json("JSON path of a day", 600*time.Millisecond, "(raw, '$.ErrorNumber') = '50126'"),
		json("JSON path of a day, in every record", 0, "(raw, '$.UserType') <> '0'"),
	}, nil
}

type counter struct{ rows int64 }

func (*counter) Columns([]query.Column) error { return nil }
func (c *counter) Row([]any) error            { c.rows++; return nil }

func ours(ctx context.Context, j *journal.Journal, tenant nightjar.Tenant, questions []question, o options) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	e, err := query.New(query.Config{Journal: j, WorkerCommand: []string{self, "query-worker"}})
	if err != nil {
		return fmt.Errorf("start the engine: %w", err)
	}
	defer e.Close()
	for i := range questions {
		q := &questions[i]
		for range o.runs {
			c := &counter{}
			watch := begin()
			stats, err := e.Run(ctx, query.Request{SQL: q.sql, Tenants: []nightjar.Tenant{tenant}, Limits: query.Limits{Rows: 10_000_000, Bytes: 8 << 30, Wall: 5 * time.Minute}}, c)
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			q.ours = append(q.ours, watch.end())
			q.rows, q.segments = c.rows, fmt.Sprintf("%d/%d", stats.Segments, stats.SegmentsTotal)
		}
	}
	return nil
}

// native copies the events into DuckDB's own format, raw compressed by zstd,
// which is its best (docs/benchmarks.md), and asks the same.
func native(ctx context.Context, j *journal.Journal, tenant nightjar.Tenant, questions []question, o options) error {
	path := filepath.Join(o.dir, "native.duckdb")
	if _, err := os.Stat(path); err != nil {
		if err := createNative(ctx, j, tenant, path); err != nil {
			return err
		}
	}
	db, err := openNative(path)
	if err != nil {
		return err
	}
	defer db.Close()
	for i := range questions {
		q := &questions[i]
		for range o.runs {
			watch := begin()
			rows, err := db.QueryContext(ctx, q.plain)
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			columns, err := rows.Columns()
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			var n int64
			for rows.Next() {
				if err := rows.Scan(values...); err != nil {
					return fmt.Errorf("%s: %w", q.name, err)
				}
				n++
			}
			if err := rows.Err(); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			q.native = append(q.native, watch.end())
			if n != q.rows {
				return fmt.Errorf("%s: %d rows, plain DuckDB has %d", q.name, q.rows, n)
			}
		}
	}
	return nil
}

// openNative opens a database file. Without the newest format raw would be
// stored uncompressed.
func openNative(path string) (*sql.DB, error) {
	db, err := sql.Open("duckdb", path+"?memory_limit=2GB&threads=2&storage_compatibility_version=latest")
	if err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	return db, nil
}

// createNative makes the file under another name first: an interrupted run
// must not leave a part of it.
func createNative(ctx context.Context, j *journal.Journal, tenant nightjar.Tenant, path string) error {
	segments, err := j.Segments(ctx, journal.SegmentFilter{Tenants: []nightjar.TenantID{tenant.ID}})
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	var paths []string
	for _, s := range segments {
		paths = append(paths, "'"+j.Path(s)+"'")
	}
	part := path + ".part"
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("remove an unfinished table: %w", err)
	}
	db, err := openNative(part)
	if err != nil {
		return err
	}
	err = fillNative(ctx, db, " FROM read_parquet(["+strings.Join(paths, ",")+"])")
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("name the finished table: %w", err)
	}
	return nil
}

// fillNative makes the table with its columns in order, since CREATE TABLE AS
// forgets the compression of a column.
func fillNative(ctx context.Context, db *sql.DB, from string) error {
	rows, err := db.QueryContext(ctx, "DESCRIBE SELECT *"+from)
	if err != nil {
		return fmt.Errorf("describe segments: %w", err)
	}
	var columns []string
	for rows.Next() {
		var name, kind string
		var rest [4]any
		if err := rows.Scan(&name, &kind, &rest[0], &rest[1], &rest[2], &rest[3]); err != nil {
			return fmt.Errorf("describe segments: %w", err)
		}
		c := fmt.Sprintf("%q %s", name, kind)
		if name == "raw" {
			c += " USING COMPRESSION zstd"
		}
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("describe segments: %w", err)
	}
	for _, q := range []string{
		"CREATE TABLE management (" + strings.Join(columns, ", ") + ")",
		"INSERT INTO management SELECT *" + from,
		"CHECKPOINT",
	} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("fill the native table: %w", err)
		}
	}
	return nil
}

func report(questions []question, o options) {
	fmt.Printf("\n%d events, %d runs, %s, %d CPUs, %s\n\n", o.events, o.runs, time.Now().Format(time.DateOnly), runtime.NumCPU(), load())
	fmt.Println("| question | rows | files | mark | Nightjar: first | median | best | CPU | plain DuckDB: first | median | best | CPU |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, q := range questions {
		mark := "–"
		if q.mark > 0 {
			mark = ms(q.mark)
		}
		fmt.Printf("| %s | %d | %s | %s | %s | %s |\n", q.name, q.rows, q.segments, mark, times(q.ours), times(q.native))
	}
	fmt.Println("\nMilliseconds; marks are for 10 million events; CPU is the least of all runs.")
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f", float64(d.Microseconds())/1000) }

func times(runs []timing) string {
	if len(runs) == 0 {
		return "– | – | – | –"
	}
	byWall := slices.SortedFunc(slices.Values(runs), func(a, b timing) int { return cmp.Compare(a.wall, b.wall) })
	least := slices.MinFunc(runs, func(a, b timing) int { return cmp.Compare(a.cpu, b.cpu) })
	return strings.Join([]string{ms(runs[0].wall), ms(byWall[len(runs)/2].wall), ms(byWall[0].wall), ms(least.cpu)}, " | ")
}

// load says how busy the machine was: figures of a busy one are worth little.
func load() string {
	out, err := exec.Command("uptime").Output()
	if err != nil {
		return "load unknown"
	}
	_, after, _ := strings.Cut(string(out), "load average")
	return "load" + strings.TrimSpace(after)
}
