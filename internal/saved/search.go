package saved

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/search"
)

// Kind says in what form a search was asked.
type Kind string

// The kinds.
const (
	KindSearch Kind = "search" // words and filters of the search screen
	KindSQL    Kind = "sql"
)

// Definition is what is asked, as it is kept and as the API has it.
type Definition struct {
	Kind Kind `json:"kind"`
	// Query are the words of a search, or the SQL, in which {{from}} and {{to}}
	// stand for the span.
	Query string `json:"query"`
	// Table and Filters are of searches alone.
	Table   nightjar.Table `json:"table,omitempty"`
	Filters []Filter       `json:"filters,omitempty"`
	// Tenants are the only ones that are asked; none means all that whoever
	// asks may see.
	Tenants []nightjar.TenantID `json:"tenants,omitempty"`
	// Last is how far back a span that ends with the moment of asking goes, in
	// seconds; 0 for one from From to To, and without those for none.
	Last int64     `json:"last_seconds,omitempty"`
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Columns are those that the answer is shown with; none means the usual.
	Columns []string `json:"columns,omitempty"`
}

// Filter is a condition of one field of a search.
type Filter struct {
	Field string    `json:"field"`
	Op    search.Op `json:"op"`
	Value string    `json:"value,omitempty"`
}

// Search is a definition that is kept.
type Search struct {
	ID        string // given by the store
	Name      string
	Owner     string // id of a person; "" for the command line's
	OwnerName string
	Shared    bool
	Created   time.Time
	Updated   time.Time
	Definition
}

const (
	maxName    = 120
	maxQuery   = 64 << 10
	maxColumns = 64
	maxTenants = 1000
	// maxLast is ten years, more than anything is kept for.
	maxLast = 10 * 366 * 24 * 60 * 60
)

func (s Search) validate() error {
	d := s.Definition
	switch {
	case !utf8.ValidString(s.Name) || strings.TrimSpace(s.Name) != s.Name || s.Name == "" || utf8.RuneCountInString(s.Name) > maxName || strings.ContainsFunc(s.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return invalid("e.g. Failed sign-ins of administrators", "a saved search needs a name of at most %d characters, on one line", maxName)
	case len(d.Query) > maxQuery || !utf8.ValidString(d.Query):
		return invalid("shorten it", "the query is longer than %d bytes, or no text", maxQuery)
	case len(d.Columns) > maxColumns || len(d.Tenants) > maxTenants:
		return invalid("name fewer", "there are too many columns or tenants")
	case d.Last < 0 || d.Last > maxLast:
		return invalid("e.g. 86400 for a day", "the span of %d seconds is not one", d.Last)
	case d.Last > 0 && (!d.From.IsZero() || !d.To.IsZero()):
		return invalid("give last_seconds, or from and to", "the search has a relative span and an absolute one")
	case d.From.IsZero() != d.To.IsZero() || !d.From.IsZero() && !d.From.Before(d.To):
		return invalid("give from and to, from the earlier one", "the span of the search is empty")
	}
	for _, c := range d.Columns {
		if c == "" || len(c) > 200 {
			return invalid("name columns of the answer", "%.80q is not the name of a column", c)
		}
	}
	for _, t := range d.Tenants {
		if _, err := nightjar.ParseTenantID(string(t)); err != nil {
			return err //nolint:wrapcheck // already a sentence for people
		}
	}
	_, err := d.Template()
	return err
}

// templateRows is how many rows a search shows where there is no next page.
const templateRows = 200

// Template returns the SQL of what is asked, in which {{from}} and {{to}}
// stand for the span: what a panel of a dashboard holds.
func (d Definition) Template() (string, error) {
	switch d.Kind {
	case KindSQL:
		if strings.TrimSpace(d.Query) == "" {
			return "", invalid("write SELECT …", "the query is empty")
		}
		if d.Table != "" || len(d.Filters) > 0 {
			return "", invalid("write them into the SQL", "a query in SQL has no table and filters beside it")
		}
		return d.Query, nil
	case KindSearch:
		q := search.Search{Table: d.Table, Words: d.Query}
		for _, f := range d.Filters {
			q.Filters = append(q.Filters, search.Filter(f))
		}
		return q.Template(templateRows) //nolint:wrapcheck // already a sentence for people
	default:
		return "", invalid("the kinds are search and sql", "there is no kind %.40q", string(d.Kind))
	}
}

// Span returns the span that is asked about now: the one that was saved, or
// the last day when none was.
func (d Definition) Span(now time.Time) (from, to time.Time) {
	if !d.From.IsZero() {
		return d.From, d.To
	}
	last := time.Duration(d.Last) * time.Second
	if last == 0 {
		last = 24 * time.Hour
	}
	now = now.UTC().Truncate(time.Second)
	return now.Add(-last), now
}

func invalid(hint, format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// SQL returns what is asked, over a span.
func (d Definition) SQL(from, to time.Time) (string, error) {
	sql, err := d.Template()
	if err != nil {
		return "", err
	}
	return search.Fill(sql, from, to)
}
