package query

import (
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// latestRows returns n for SELECT … FROM table ORDER BY time DESC LIMIT n: as
// latest when nothing drops rows, as newest when a WHERE does, and otherwise 0.
func latestRows(q node) (latest, newest int64) {
	if q.str("type") != "SELECT_NODE" || q.child("from_table").str("type") != "BASE_TABLE" ||
		len(q.child("cte_map").list("map")) > 0 || q.child("qualify") != nil ||
		q.child("having") != nil || len(q.list("group_expressions")) > 0 || q.str("aggregate_handling") != "STANDARD_HANDLING" {
		return 0, 0
	}
	var limit int64
	var byTime bool
	for _, m := range q.children("modifiers") {
		switch m.str("type") {
		case "LIMIT_MODIFIER":
			if m.child("offset") == nil {
				limit = constantInt(m.child("limit"))
			}
		case "ORDER_MODIFIER":
			o := m.children("orders")
			if len(o) == 0 || o[0].str("type") != "DESCENDING" {
				return 0, 0
			}
			names, _ := o[0].child("expression").strings("column_names")
			byTime = len(names) > 0 && names[len(names)-1] == "time"
		default:
			return 0, 0
		}
	}
	// An aggregate without GROUP BY, a window, a subquery: all of the rows count.
	plain := !slices.ContainsFunc(q.children("select_list"), func(n node) bool {
		return n.str("class") != "COLUMN_REF" && n.str("class") != "STAR" || strings.EqualFold(n.str("alias"), "time")
	})
	if !byTime || !plain {
		return 0, 0
	}
	if q.child("where_clause") != nil {
		return 0, limit
	}
	return limit, 0
}

// span is a run of rows in one file, and its range of times.
type span struct {
	rows     int64
	min, max time.Time
}

// newestSince returns a time from which on there are n rows at least, given
// spans that hold all rows; zero when there are fewer.
func newestSince(spans []span, n int64) time.Time {
	slices.SortFunc(spans, func(a, b span) int { return b.min.Compare(a.min) })
	for _, s := range spans {
		if n -= s.rows; n <= 0 {
			return s.min
		}
	}
	return time.Time{}
}

// sinceOf returns the time from which on a source of the plan's newest rows
// must be read. Whole files give a first bound; the row groups of the files
// behind it, each of an hour or so, a better one.
//
// Files of at most small rows are taken as they are.
func sinceOf(segments []nightjar.Segment, tables []nightjar.Table, n, small int64, groups func(nightjar.Segment) ([]span, error)) (time.Time, error) {
	files := make([]span, 0, len(segments))
	for _, s := range segments {
		files = append(files, span{rowsOf(s, tables), s.MinTime, s.MaxTime})
	}
	first := newestSince(files, n)
	if first.IsZero() {
		return first, nil
	}
	var spans []span
	for _, s := range segments {
		rows := rowsOf(s, tables)
		if s.MaxTime.Before(first) || rows == 0 {
			continue
		}
		// Few rows, or rows of several tables: the footer would not tell more.
		if rows < s.Rows || rows <= small {
			spans = append(spans, span{rows, s.MinTime, s.MaxTime})
			continue
		}
		g, err := groups(s)
		if err != nil {
			return time.Time{}, err
		}
		spans = append(spans, g...)
	}
	// Some rows of the files may lie behind what is asked for.
	if since := newestSince(spans, n); !since.IsZero() {
		return since, nil
	}
	return first, nil
}
