package dashboard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
)

// Kind is how a panel shows its answer.
type Kind string

// The kinds.
const (
	KindLine   Kind = "line"   // time, value and, with a third column, series
	KindBar    Kind = "bar"    // label and value
	KindTable  Kind = "table"  // as it is
	KindNumber Kind = "number" // the first value of the first row
)

// Panel is one query of a dashboard. Its SQL may hold {{from}}, {{to}} and
// {{bucket}}, which stand for the span that is looked at.
type Panel struct {
	Title  string `yaml:"title" json:"title"`
	Text   string `yaml:"text,omitempty" json:"text,omitempty"`
	SQL    string `yaml:"sql" json:"sql"`
	Kind   Kind   `yaml:"kind" json:"kind"`
	Width  int    `yaml:"width,omitempty" json:"width,omitempty"`   // of 12 columns; 0 means 6
	Height int    `yaml:"height,omitempty" json:"height,omitempty"` // in rows; 0 means 3
}

// Dashboard is a page of panels.
type Dashboard struct {
	ID     string  `yaml:"-" json:"id"` // the file's name without .yaml
	Title  string  `yaml:"title" json:"title"`
	Text   string  `yaml:"text,omitempty" json:"text,omitempty"`
	Panels []Panel `yaml:"panels" json:"panels"`
	Ready  bool    `yaml:"-" json:"ready"` // comes with Nightjar
}

const (
	maxPanels = 40
	maxTitle  = 200
	maxText   = 1000
	maxSQL    = 16 << 10
	maxFile   = 1 << 20
	maxFiles  = 500
)

// An id becomes the name of a file: nothing in it may lead out of the folder.
var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// parse reads a file, strictly: a key that is misspelled would be lost at the
// next save.
func parse(id string, data []byte) (Dashboard, error) {
	var d Dashboard
	if len(data) > maxFile {
		return d, invalid("split it", "the dashboard %s is larger than %d bytes", id, maxFile)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		return Dashboard{ID: id}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the dashboard " + id + " is not what it should be", Hint: "docs/api.md has its fields", Err: err}
	}
	d.ID = id
	return d, d.validate()
}

func (d Dashboard) validate() error {
	switch {
	case !validID.MatchString(d.ID):
		return invalid("use small letters, digits and '-', at most 63", "%.80q is not an id for a dashboard", d.ID)
	case !within(d.Title, 1, maxTitle):
		return invalid("give it a title of at most 200 characters", "the dashboard %s has no title that fits", d.ID)
	case !within(d.Text, 0, maxText):
		return invalid("shorten it", "the text of the dashboard %s is longer than %d characters", d.ID, maxText)
	case len(d.Panels) > maxPanels:
		return invalid("make two of it", "the dashboard %s has more than %d panels", d.ID, maxPanels)
	}
	for i, p := range d.Panels {
		switch {
		case !within(p.Title, 1, maxTitle) || !within(p.Text, 0, maxText):
			return invalid("give each panel a title of at most 200 characters", "panel %d of the dashboard %s has no title that fits", i+1, d.ID)
		case !within(p.SQL, 1, maxSQL):
			return invalid("give it a query", "panel %q of the dashboard %s has no query, or one longer than %d characters", p.Title, d.ID, maxSQL)
		case !slices.Contains([]Kind{KindLine, KindBar, KindTable, KindNumber}, p.Kind):
			return invalid("the kinds are line, bar, table and number", "panel %q of the dashboard %s is of the kind %.40q", p.Title, d.ID, string(p.Kind))
		case p.Width < 0 || p.Width > 12 || p.Height < 0 || p.Height > 12:
			return invalid("a width goes from 1 to 12, and so does a height", "panel %q of the dashboard %s has no size that fits", p.Title, d.ID)
		}
	}
	return nil
}

func within(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most
}

func invalid(hint, format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
