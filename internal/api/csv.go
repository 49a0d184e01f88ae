package api

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/query"
)

// csvSink writes rows for spreadsheets.
type csvSink struct{ w *csv.Writer }

func newCSV(s *stream) *csvSink {
	w := csv.NewWriter(s)
	w.UseCRLF = true // RFC 4180
	return &csvSink{w}
}

// Columns implements query.Sink.
func (s *csvSink) Columns(columns []query.Column) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = harmless(c.Name)
	}
	return s.w.Write(names)
}

// Row implements query.Sink.
func (s *csvSink) Row(row []any) error {
	cells := make([]string, len(row))
	for i, v := range values(row) {
		switch v := v.(type) {
		case nil:
		case string:
			cells[i] = harmless(v)
		case []any, map[string]any:
			b, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("encode a cell: %w", err)
			}
			cells[i] = harmless(string(b))
		default:
			cells[i] = fmt.Sprint(v)
		}
	}
	return s.w.Write(cells)
}

// Close writes what was held back.
func (s *csvSink) Close() error {
	s.w.Flush()
	return s.w.Error()
}

// harmless puts an apostrophe before text that a spreadsheet would run as a
// formula. Logs hold what strangers chose: a user agent, a file's name.
// Source: owasp.org/www-community/attacks/CSV_Injection, read 2026-11-22.
func harmless(s string) string {
	if s != "" && strings.ContainsAny(s[:1], "=+-@\t\r\n\x00") || strings.HasPrefix(s, "＝") || strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "－") || strings.HasPrefix(s, "＠") {
		return "'" + s
	}
	return s
}
