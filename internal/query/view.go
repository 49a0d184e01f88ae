package query

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

func isDir(path string) (bool, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && st.IsDir(), err //nolint:wrapcheck // names the path
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// viewBuilder writes one view for each table that a query names, over the
// segments and row groups that can hold an answer, and nothing else.
type viewBuilder struct {
	journal *journal.Journal
	tenants []nightjar.Tenant
	plan    *plan
	times   *groupTimes
	stats   *Stats
	files   []string // numbered by late references
}

// views returns a definition for every table that the query names, and an
// empty one for those that only the worker's query before has named.
func (b *viewBuilder) views(ctx context.Context, before []string) ([]string, error) {
	var out []string
	for _, doc := range Tables() {
		body := doc.emptyRelation()
		if use := b.plan.tables[string(doc.Name)]; use != nil {
			var err error
			if body, err = b.body(ctx, use); err != nil {
				return nil, err
			}
		} else if !slices.Contains(before, string(doc.Name)) {
			continue
		}
		out = append(out, fmt.Sprintf("CREATE OR REPLACE VIEW %s AS %s", quoteName(string(doc.Name)), body))
	}
	return out, nil
}

// source is some files of one tenant that are read in the same way.
type source struct {
	segments []nightjar.Segment
	where    string
	format   int // of all of them: DuckDB takes the columns of the first file to be those of all
}

func (b *viewBuilder) body(ctx context.Context, use *tableUse) (string, error) {
	chosen := make([][]nightjar.Segment, len(b.tenants))
	when := use.time.narrow(b.plan.slice)
	for i, t := range b.tenants {
		var err error
		chosen[i], err = b.journal.Segments(ctx, journal.SegmentFilter{
			Tenants: []nightjar.TenantID{t.ID}, Tables: use.doc.tables, From: when.From, To: when.To,
		})
		if err != nil {
			return "", fmt.Errorf("choose segments: %w", err)
		}
		b.stats.SegmentsTotal += len(chosen[i])
	}
	since, err := b.since(slices.Concat(chosen...), use)
	if err != nil {
		return "", err
	}
	var parts []string
	for i, t := range b.tenants {
		segments := slices.DeleteFunc(chosen[i], func(s nightjar.Segment) bool { return s.MaxTime.Before(since) })
		sources, err := b.sources(segments, use, since)
		if err != nil {
			return "", err
		}
		for _, s := range sources {
			b.stats.Segments += len(s.segments)
			parts = append(parts, b.scan(t, use.doc, s))
		}
	}
	if len(parts) == 0 {
		return use.doc.emptyRelation(), nil
	}
	all := strings.Join(parts, " UNION ALL ")
	if use.doc.states {
		all = "SELECT * FROM (" + all + ") QUALIFY row_number() OVER (PARTITION BY tenant_id, id ORDER BY revision DESC) = 1"
	}
	return all, nil
}

// since returns the time before which nothing of a query for the newest rows
// lies; zero for every other query.
func (b *viewBuilder) since(segments []nightjar.Segment, use *tableUse) (time.Time, error) {
	if b.plan.latest == 0 || use.doc.states {
		return time.Time{}, nil // of states, rows say nothing of how many things there are
	}
	return sinceOf(segments, use.doc.tables, b.plan.latest, 10*b.plan.latest, func(s nightjar.Segment) ([]span, error) {
		return b.times.of(b.journal.Path(s), s)
	})
}

// rowsOf counts the rows of the tables in a segment.
func rowsOf(s nightjar.Segment, tables []nightjar.Table) int64 {
	var n int64
	for _, t := range tables {
		n += s.Tables[t]
	}
	return n
}

// sources groups segments: whole files without and with rows of other tables,
// by their format, and one by one those of which only some row groups can hold the words.
func (b *viewBuilder) sources(segments []nightjar.Segment, use *tableUse, since time.Time) ([]source, error) {
	slices.SortFunc(segments, func(a, c nightjar.Segment) int { return c.MaxTime.Compare(a.MaxTime) })
	var whole, partial []source
	for _, s := range segments {
		rows := rowsOf(s, use.doc.tables)
		if rows == 0 {
			continue
		}
		var conditions []string
		if rows < s.Rows {
			conditions = append(conditions, tableCondition(use.doc.tables))
		}
		if !since.IsZero() {
			conditions = append(conditions, "time >= "+timestamp(since))
		}
		conditions = append(conditions, b.plan.slice.conditions()...)
		// A state that lacks a word hides the ones before it, which may have it.
		if len(use.needs) > 0 && !use.doc.states {
			groups, all, err := b.journal.TokenGroups(s, use.needs)
			if err != nil {
				return nil, fmt.Errorf("read token filter: %w", err)
			}
			if len(groups) == 0 {
				continue
			}
			if len(groups) < len(all) {
				conditions = append(conditions, rowRanges(groups, all))
				partial = append(partial, source{[]nightjar.Segment{s}, strings.Join(conditions, " AND "), s.Format})
				continue
			}
		}
		where := strings.Join(conditions, " AND ")
		at := slices.IndexFunc(whole, func(o source) bool { return o.where == where && o.format == s.Format })
		if at < 0 {
			at = len(whole)
			whole = append(whole, source{where: where, format: s.Format})
		}
		whole[at].segments = append(whole[at].segments, s)
	}
	return append(whole, partial...), nil
}

// conditions say in SQL that a time lies in the range.
func (r timeRange) conditions() []string {
	var out []string
	if !r.From.IsZero() {
		out = append(out, "time >= "+timestamp(r.From))
	}
	if !r.To.IsZero() {
		out = append(out, "time < "+timestamp(r.To))
	}
	return out
}

func timestamp(t time.Time) string {
	return "TIMESTAMP " + quoteString(t.UTC().Format("2006-01-02 15:04:05.999999"))
}

func tableCondition(tables []nightjar.Table) string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = quoteString(string(t))
	}
	return `"table" IN (` + strings.Join(names, ",") + ")"
}

// rowRanges writes the row groups as ranges of rows: DuckDB skips the groups
// that lie outside (measured with 1.5.5).
func rowRanges(groups, rows []int) string {
	var parts []string
	start, from := 0, -1
	for i, n := range rows {
		wanted := slices.Contains(groups, i)
		if wanted && from < 0 {
			from = start
		}
		start += n
		if from >= 0 && (!wanted || i == len(rows)-1) {
			end := start - 1
			if !wanted {
				end -= n
			}
			parts = append(parts, fmt.Sprintf("file_row_number BETWEEN %d AND %d", from, end))
			from = -1
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// scan reads the files of one source as rows of the table.
func (b *viewBuilder) scan(t nightjar.Tenant, doc TableDoc, s source) string {
	base := len(b.files)
	paths := make([]string, len(s.segments))
	ids := make([]string, len(s.segments))
	for i, seg := range s.segments {
		path := b.journal.Path(seg)
		b.files = append(b.files, path)
		paths[i] = quoteString(path)
		ids[i] = strconv.FormatInt(seg.ID, 10)
	}
	items := make([]string, len(doc.Columns))
	for i, c := range doc.Columns {
		expr := c.expr
		switch c.Name {
		case "tenant":
			expr = quoteString(t.Name)
		case "tenant_id":
			expr = quoteString(string(t.ID))
		case "ref":
			expr = fmt.Sprintf("[%s][file_index::BIGINT + 1] || ':' || file_row_number", strings.Join(ids, ","))
		case placeSource:
			if s.format < 2 {
				expr = "''"
			}
		case "raw", "fields":
			if b.plan.late {
				column := lateRaw
				if c.Name == "fields" {
					column = lateFields
				}
				expr = lateExpression(base, column)
			}
		}
		if expr == "" {
			expr = quoteName(c.Name)
		}
		items[i] = expr + " AS " + quoteName(c.Name)
	}
	q := "SELECT " + strings.Join(items, ", ") + " FROM read_parquet([" + strings.Join(paths, ",") + "])"
	if s.where != "" {
		q += " WHERE " + s.where
	}
	return q
}
