package cli

import (
	"encoding/csv"
	"io"

	"github.com/nightjar-sec/nightjar/internal/query"
)

// csvAnswer writes RFC 4180. Spreadsheets run a text cell that begins with
// =, +, - or @ as a formula, and events hold what strangers typed: such cells
// get an apostrophe in front unless exact is set. Numbers are left alone.
type csvAnswer struct {
	w     *csv.Writer
	exact bool
}

func newCSVAnswer(w io.Writer, exact bool) *csvAnswer {
	return &csvAnswer{csv.NewWriter(w), exact}
}

func (c *csvAnswer) Columns(columns []query.Column) error {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = c.guard(column.Name)
	}
	return c.w.Write(names)
}

func (c *csvAnswer) Row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = text(v)
		switch v.(type) {
		case int64, float64:
		default:
			cells[i] = c.guard(cells[i])
		}
	}
	return c.w.Write(cells)
}

func (c *csvAnswer) guard(s string) string {
	if c.exact || s == "" {
		return s
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r', 0:
		return "'" + s
	}
	return s
}

func (c *csvAnswer) Close() error {
	c.w.Flush()
	return c.w.Error()
}
