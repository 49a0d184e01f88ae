package cli

import (
	"bufio"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar/internal/query"
)

const (
	// tableSample is how many rows are held back to learn the widths of columns.
	tableSample = 500
	// cellLimit is the widest cell; raw records would push all else away.
	cellLimit = 80
)

// tableAnswer aligns columns by the first rows and then streams.
type tableAnswer struct {
	w       io.Writer
	out     *bufio.Writer
	names   []string
	right   []bool // numbers stand to the right
	widths  []int
	held    [][]string
	started bool
}

func (t *tableAnswer) Columns(columns []query.Column) error {
	t.out = bufio.NewWriter(t.w)
	for _, c := range columns {
		name := cell(c.Name)
		t.names = append(t.names, name)
		t.widths = append(t.widths, utf8.RuneCountInString(name))
		t.right = append(t.right, numeric(c.Type))
	}
	return nil
}

func numeric(duckType string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(duckType), "(")
	switch base {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL":
		return true
	}
	return false
}

func (t *tableAnswer) Row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = cell(text(v))
	}
	if t.started {
		return t.line(cells)
	}
	for i, c := range cells {
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(c))
	}
	t.held = append(t.held, cells)
	if len(t.held) == tableSample {
		return t.start()
	}
	return nil
}

// start writes the heading and what was held back.
func (t *tableAnswer) start() error {
	t.started = true
	if err := t.line(t.names); err != nil {
		return err
	}
	rules := make([]string, len(t.widths))
	for i, w := range t.widths {
		rules[i] = strings.Repeat("-", w)
	}
	if err := t.line(rules); err != nil {
		return err
	}
	for _, cells := range t.held {
		if err := t.line(cells); err != nil {
			return err
		}
	}
	t.held = nil
	return nil
}

func (t *tableAnswer) line(cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		pad := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(c)))
		if t.right[i] {
			b.WriteString(pad + c)
		} else {
			b.WriteString(c + pad)
		}
		b.WriteString("  ")
	}
	_, err := t.out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	return err
}

func (t *tableAnswer) Close() error {
	if t.out == nil {
		return nil
	}
	if !t.started {
		if err := t.start(); err != nil {
			return err
		}
	}
	return t.out.Flush()
}

// cell makes a value fit for a terminal: one line, no control characters (a
// log entry must not be able to move the cursor), not too wide.
func cell(s string) string {
	if len(s) > 4*cellLimit {
		s = strings.ToValidUTF8(s[:4*cellLimit], "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > cellLimit {
		s = string([]rune(s)[:cellLimit-1]) + "…"
	}
	return s
}
