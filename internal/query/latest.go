package query

import (
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// latestRows returns n for SELECT … FROM table ORDER BY time DESC LIMIT n with
// nothing that drops rows, and 0 otherwise.
func latestRows(q node) int64 {
	if q.str("type") != "SELECT_NODE" || q.child("from_table").str("type") != "BASE_TABLE" ||
		len(q.child("cte_map").list("map")) > 0 || q.child("where_clause") != nil || q.child("qualify") != nil ||
		q.child("having") != nil || len(q.list("group_expressions")) > 0 || q.str("aggregate_handling") != "STANDARD_HANDLING" {
		return 0
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
				return 0
			}
			names, _ := o[0].child("expression").strings("column_names")
			byTime = len(names) > 0 && names[len(names)-1] == "time"
		default:
			return 0
		}
	}
	// An aggregate without GROUP BY, a window, a subquery: all of the rows count.
	plain := !slices.ContainsFunc(q.children("select_list"), func(n node) bool {
		return n.str("class") != "COLUMN_REF" && n.str("class") != "STAR" || strings.EqualFold(n.str("alias"), "time")
	})
	if !byTime || !plain {
		return 0
	}
	return limit
}

// newest keeps the segments that can hold one of the n newest rows.
func newest(segments []nightjar.Segment, tables []nightjar.Table, n int64) []nightjar.Segment {
	slices.SortFunc(segments, func(a, c nightjar.Segment) int { return c.MaxTime.Compare(a.MaxTime) })
	var rows int64
	var oldest time.Time
	for i, s := range segments {
		// n rows are no older than oldest; what ends before it holds none of the newest.
		if rows >= n && s.MaxTime.Before(oldest) {
			return segments[:i]
		}
		if rows < n {
			rows += rowsOf(s, tables)
			if oldest.IsZero() || s.MinTime.Before(oldest) {
				oldest = s.MinTime
			}
		}
	}
	return segments
}
