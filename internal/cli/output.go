package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"
)

func jsonFlag(cmd *cobra.Command, to *bool) {
	cmd.Flags().BoolVar(to, "json", false, "print one JSON document (docs/cli-json.md)")
}

// safe makes text from elsewhere fit for a terminal: an event, an error of
// DuckDB that quotes one, or an answer of a server must not be able to move
// the cursor, retitle the window or hide what follows. Line feeds stay.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// writeJSON prints v as one indented document.
func writeJSON(p Process, v any) error {
	enc := json.NewEncoder(p.jsonTo(p.Stdout))
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// counted writes a number of things: 1 file, 2 files.
func counted[N int | int64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(int64(n), 10) + " " + one + "s"
}

// columns prints rows of cells under a heading, aligned.
type columns struct{ w *tabwriter.Writer }

func newColumns(w io.Writer, heading ...string) *columns {
	c := &columns{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	c.row(heading...)
	return c
}

func (c *columns) row(cells ...string) {
	// The writer remembers its error until flush.
	_, _ = fmt.Fprintln(c.w, strings.Join(cells, "\t"))
}

func (c *columns) flush() error { return c.w.Flush() }
