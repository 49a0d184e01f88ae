package query

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// unknownColumnError is a name that DuckDB finds in none of the relations.
type unknownColumnError struct{ name string }

func (e *unknownColumnError) Error() string { return fmt.Sprintf("there is no column %q", e.name) }

var unknownColumnText = regexp.MustCompile(`^(?:Referenced column|(?:Values list|Table) ".*" does not have a column named) "([^"]+)"`)

// columnError turns a message that unknownColumnText matches into an error.
func columnError(message string) error {
	e := &unknownColumnError{unknownColumnText.FindStringSubmatch(message)[1]}
	return &nightjar.Error{
		Code: nightjar.CodeInvalid, Err: e,
		Hint: fmt.Sprintf("text takes single quotes: '%s'; the columns are in docs/sql.md", e.name),
	}
}

// suggestColumn adds the nearest column of the tables that the query names.
func (pl *plan) suggestColumn(err error) error {
	var unknown *unknownColumnError
	if !errors.As(err, &unknown) {
		return err
	}
	var columns []string
	for _, use := range pl.tables {
		for _, c := range use.doc.Columns {
			columns = append(columns, c.Name)
		}
	}
	slices.Sort(columns) // of two that are as near, always the same one
	near := spelling.Nearest(strings.ToLower(unknown.name), columns)
	if near == "" {
		return err
	}
	return invalid(fmt.Sprintf("did you mean %s? If it is text, it takes single quotes: '%s'", near, unknown.name), "%v", unknown)
}

// unknownTable names the nearest table, and all of them.
func unknownTable(name string) error {
	var known []string
	for _, t := range Tables() {
		known = append(known, string(t.Name))
	}
	hint := "the tables are " + tableNames()
	if near := spelling.Nearest(strings.ToLower(name), known); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, "T"+hint[1:])
	}
	return invalid(hint, "there is no table %q", name)
}
