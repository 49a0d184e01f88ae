package search

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// Search is a question without SQL.
type Search struct {
	Table   nightjar.Table // TableManagement, or one of the workload tables
	From    time.Time      // inclusive
	To      time.Time      // exclusive
	Words   string         // see words
	Filters []Filter       // all must hold; several Is of one field are alternatives
}

// maxSpan bounds a search; it is far above any retention and keeps the count
// of pieces of a histogram within reason.
const maxSpan = 100 * 366 * 24 * time.Hour

// Tables returns the tables that can be searched.
func Tables() []nightjar.Table {
	return append([]nightjar.Table{nightjar.TableManagement}, nightjar.WorkloadTables()...)
}

// columns are those that an event is listed with, in the order of the answer.
// The large ones, raw and fields, are left to the one event that is opened.
func columns() []query.ColumnDoc {
	all := columnsOf()
	return slices.DeleteFunc(all, func(c query.ColumnDoc) bool { return c.Name == "raw" || c.Name == "fields" })
}

func columnsOf() []query.ColumnDoc {
	for _, t := range query.Tables() {
		if t.Name == nightjar.TableManagement {
			return t.Columns
		}
	}
	return nil
}

// Columns returns the names of the columns of List's answer, in their order.
func Columns() []string {
	var out []string
	for _, c := range columns() {
		out = append(out, c.Name)
	}
	return out
}

// List returns the SQL of the newest events, at most limit of them, that come
// behind the cursor. A zero cursor begins with the newest.
func (s Search) List(after Cursor, limit int) (string, error) {
	where, err := s.where()
	if err != nil {
		return "", err
	}
	if !after.IsZero() {
		where = append(where, after.Condition())
	}
	return s.newest(where, limit), nil
}

func (s Search) newest(where []string, limit int) string {
	return fmt.Sprintf("SELECT %s\nFROM %s\nWHERE %s\nORDER BY time DESC, id DESC, tenant_id DESC\nLIMIT %d",
		strings.Join(Columns(), ", "), s.Table, strings.Join(where, "\n  AND "), limit)
}

// Raw returns the SQL of all events of the search with their raw records, for
// an export.
func (s Search) Raw() (string, error) {
	where, err := s.where()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("SELECT %s, fields, raw\nFROM %s\nWHERE %s\nORDER BY time DESC, id DESC, tenant_id DESC",
		strings.Join(Columns(), ", "), s.Table, strings.Join(where, "\n  AND ")), nil
}

// Template returns the SQL of List for any span: {{from}} and {{to}} stand for
// its ends. The search itself needs no span.
func (s Search) Template(limit int) (string, error) {
	where, err := s.conditions()
	if err != nil {
		return "", err
	}
	return s.newest(append([]string{"time >= {{from}}", "time < {{to}}"}, where...), limit), nil
}

// where returns the conditions, each of which must hold.
func (s Search) where() ([]string, error) {
	if s.From.IsZero() || s.To.IsZero() || !s.From.Before(s.To) {
		return nil, invalid("give from and to, from the earlier one", "the span of a search is empty")
	}
	if s.To.Sub(s.From) > maxSpan || s.From.Year() < 1900 || s.To.Year() > 2200 {
		return nil, invalid("choose a span of this century", "the span of a search is too long")
	}
	rest, err := s.conditions()
	if err != nil {
		return nil, err
	}
	return append([]string{"time >= " + Timestamp(s.From), "time < " + Timestamp(s.To)}, rest...), nil
}

// conditions are those of the words and filters.
func (s Search) conditions() ([]string, error) {
	if !slices.Contains(Tables(), s.Table) {
		return nil, invalid("the tables are "+tableNames(), "%.80q is not a table to search", string(s.Table))
	}
	out, err := words(s.Words)
	if err != nil {
		return nil, err
	}
	filters, err := conditions(s.Filters)
	if err != nil {
		return nil, err
	}
	return append(out, filters...), nil
}

func tableNames() string {
	var names []string
	for _, t := range Tables() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

func invalid(hint, format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
