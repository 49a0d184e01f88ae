package query

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

func isDir(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
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
	stats   *Stats
	files   []string // numbered by late references
}

// views returns a definition for every table: those that the query does not
// name are defined as empty, so that nothing of an earlier query remains.
func (b *viewBuilder) views(ctx context.Context) ([]string, error) {
	var out []string
	for _, doc := range Tables() {
		body := doc.emptyRelation()
		if use := b.plan.tables[string(doc.Name)]; use != nil {
			var err error
			if body, err = b.body(ctx, use); err != nil {
				return nil, err
			}
		}
		out = append(out, fmt.Sprintf("CREATE OR REPLACE VIEW %s AS %s", quoteName(string(doc.Name)), body))
	}
	return out, nil
}

// source is some files of one tenant that are read in the same way.
type source struct {
	segments []nightjar.Segment
	where    string
}

func (b *viewBuilder) body(ctx context.Context, use *tableUse) (string, error) {
	var parts []string
	for _, t := range b.tenants {
		segments, err := b.journal.Segments(ctx, journal.SegmentFilter{
			Tenants: []nightjar.TenantID{t.ID}, Tables: use.doc.tables, From: use.time.From, To: use.time.To,
		})
		if err != nil {
			return "", fmt.Errorf("choose segments: %w", err)
		}
		b.stats.SegmentsTotal += len(segments)
		if b.plan.latest > 0 && len(b.tenants) == 1 {
			segments = newest(segments, use.doc.tables, b.plan.latest)
		}
		sources, err := b.sources(segments, use)
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
	return strings.Join(parts, " UNION ALL "), nil
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
// and one by one those of which only some row groups can hold the words.
func (b *viewBuilder) sources(segments []nightjar.Segment, use *tableUse) ([]source, error) {
	slices.SortFunc(segments, func(a, c nightjar.Segment) int { return c.MaxTime.Compare(a.MaxTime) })
	var pure, mixed, partial []source
	for _, s := range segments {
		rows := rowsOf(s, use.doc.tables)
		if rows == 0 {
			continue
		}
		where := ""
		into := &pure
		if rows < s.Rows {
			where, into = tableCondition(use.doc.tables), &mixed
		}
		if len(use.tokens) > 0 {
			groups, all, err := b.journal.TokenGroups(s, use.tokens)
			if err != nil {
				return nil, fmt.Errorf("read token filter: %w", err)
			}
			if len(groups) == 0 {
				continue
			}
			if len(groups) < len(all) {
				and := rowRanges(groups, all)
				if where != "" {
					and = where + " AND " + and
				}
				partial = append(partial, source{[]nightjar.Segment{s}, and})
				continue
			}
		}
		if len(*into) == 0 {
			*into = append(*into, source{where: where})
		}
		(*into)[0].segments = append((*into)[0].segments, s)
	}
	return slices.Concat(pure, mixed, partial), nil
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
	start := 0
	for i, n := range rows {
		if slices.Contains(groups, i) {
			parts = append(parts, fmt.Sprintf("file_row_number BETWEEN %d AND %d", start, start+n-1))
		}
		start += n
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
