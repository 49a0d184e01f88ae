package ruleset

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Scheduled is what a rule of the kinds Query and Warning says.
type Scheduled struct {
	Query string // SQL with {{from}}, {{to}} and %parameters%; "" of Warning
	// Every is the time between two questions, Lookback the span that each is
	// about, Delay how long after its end it is asked.
	Every, Lookback, Delay time.Duration
	Timeout                time.Duration
	By                     []string // columns that tell one finding from another
	// Value is the column that Bounds are about; "" makes each row a finding.
	Value  string
	Bounds []Bound

	Warnings []nightjar.WarningCode

	line int // of the query's first line
}

// Line is that of the first line of the query, in the rule's file.
func (s *Scheduled) Line() int { return s.line }

// Bound is one comparison; all of a rule must hold.
type Bound struct {
	Op    string // gt, gte, lt, lte, eq, neq
	Value float64
}

// Holds compares.
func (b Bound) Holds(v float64) bool {
	switch b.Op {
	case "gt":
		return v > b.Value
	case "gte":
		return v >= b.Value
	case "lt":
		return v < b.Value
	case "lte":
		return v <= b.Value
	case "eq":
		return v == b.Value
	default:
		return v != b.Value
	}
}

// The bounds of scheduled rules.
const (
	leastEvery     = 10 * time.Second
	mostLookback   = 90 * 24 * time.Hour
	mostTimeout    = 10 * time.Minute
	defaultTimeout = time.Minute
)

func scheduledKeys() []string {
	return []string{"query", "warning", "every", "lookback", "delay", "timeout", "by", "value", "condition", blockName}
}

// isScheduled reports whether a document is a rule that is asked on time.
func isScheduled(doc *yaml.Node) bool {
	for i := 0; i+1 < len(doc.Content); i += 2 {
		if key := doc.Content[i].Value; key == "query" || key == "warning" {
			return true
		}
	}
	return false
}

// readScheduled reads what a document says besides the common attributes.
func readScheduled(doc *yaml.Node, meta sigma.Meta) (*Scheduled, error) {
	for _, key := range []string{"detection", "correlation", "filter", "logsource"} {
		if at := slices.IndexFunc(doc.Content, func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Value == key }); at >= 0 && at%2 == 0 {
			return nil, sigma.Invalid(doc.Content[at].Line, "a rule with a query or a warning has no %s", key)
		}
	}
	list, err := sigma.Entries(doc)
	if err != nil {
		return nil, err
	}
	s := &Scheduled{Timeout: defaultTimeout}
	for _, e := range list {
		if meta.Custom[e.Key] == nil {
			continue // a common attribute
		}
		if err := s.read(e); err != nil {
			return nil, err
		}
	}
	return s, s.check(doc.Line)
}

func (s *Scheduled) read(e sigma.Entry) (err error) {
	if e.Key != blockName {
		if err := constant(e); err != nil {
			return err
		}
	}
	switch e.Key {
	case "query":
		s.Query, err = e.Text()
		if s.line = e.Line; e.Value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
			s.line++
		}
	case "warning":
		var codes []string
		codes, err = e.Texts()
		for _, c := range codes {
			known, wrong := knownCode(e.Line, c)
			if wrong != nil {
				return wrong
			}
			s.Warnings = append(s.Warnings, known)
		}
	case "every":
		s.Every, err = span(e)
	case "lookback":
		s.Lookback, err = span(e)
	case "delay":
		s.Delay, err = span(e)
	case "timeout":
		s.Timeout, err = span(e)
	case "by":
		s.By, err = e.Texts()
	case "value":
		s.Value, err = e.Text()
	case "condition":
		s.Bounds, err = readBounds(e)
	case blockName:
	default:
		err = unknown(e, "a rule that is asked on time", scheduledKeys())
	}
	return err
}

func readBounds(m sigma.Entry) ([]Bound, error) {
	list, err := sigma.Entries(m.Value)
	if err != nil {
		return nil, err
	}
	var out []Bound
	for _, e := range list {
		if ops := []string{"gt", "gte", "lt", "lte", "eq", "neq"}; !slices.Contains(ops, e.Key) {
			return nil, unknown(e, "a condition", ops)
		}
		text, err := e.Text()
		if err != nil {
			return nil, err
		}
		if err := constant(sigma.Entry{Key: "condition", Line: e.Line, Value: e.Value}); err != nil {
			return nil, err
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, sigma.Invalid(e.Line, "%s must be a number, not %q", e.Key, text)
		}
		out = append(out, Bound{Op: e.Key, Value: n})
	}
	return out, nil
}

func (s *Scheduled) check(line int) error {
	if s.Lookback == 0 {
		s.Lookback = s.Every
	}
	switch {
	case (s.Query == "") == (len(s.Warnings) == 0):
		return sigma.Invalid(line, "a rule has a query or a warning, and not both")
	case s.Query == "":
		if s.Every != 0 || len(s.By) > 0 || s.Value != "" || len(s.Bounds) > 0 {
			return sigma.Invalid(line, "a rule of a warning says neither every, by, value nor condition: the warning begins and ends")
		}
		return nil
	case s.Every < leastEvery:
		return sigma.Invalid(line, "every says how often the question is asked, %s at least", leastEvery)
	case s.Lookback < s.Every:
		return sigma.Invalid(line, "lookback %s is shorter than every %s: what lies between would never be asked for", s.Lookback, s.Every)
	case s.Lookback > mostLookback || s.Delay < 0 || s.Delay > mostLookback:
		return sigma.Invalid(line, "lookback and delay are %d days at most", mostLookback/(24*time.Hour))
	case s.Timeout <= 0 || s.Timeout > mostTimeout:
		return sigma.Invalid(line, "timeout is up to %s", mostTimeout)
	case len(s.By) == 0:
		return sigma.Invalid(line, "by names the columns that tell one finding from another")
	case (s.Value == "") != (len(s.Bounds) == 0):
		return sigma.Invalid(line, "value names the column that the condition is about: both or neither")
	case !strings.Contains(s.Query, "{{from}}") || !strings.Contains(s.Query, "{{to}}"):
		return sigma.Invalid(line, "the query needs {{from}} and {{to}}, or it would be about all that is stored")
	}
	return nil
}

var placeholder = regexp.MustCompile(`%[A-Za-z][A-Za-z0-9_]*%`)

// SQL is the question about a span, with values for the parameters.
func (i *Info) SQL(value func(parameter string) any, from, to time.Time) (string, error) {
	if i.Scheduled == nil {
		return "", invalid("%q asks no question in SQL", i.Title)
	}
	var bad error
	sql := placeholder.ReplaceAllStringFunc(i.Scheduled.Query, func(name string) string {
		name = strings.Trim(name, "%")
		if _, ok := i.Parameter(name); !ok {
			return "%" + name + "%" // a pattern of LIKE
		}
		text, err := literal(value(name))
		if err != nil {
			bad = err
		}
		return text
	})
	stamp := func(t time.Time) string { return "TIMESTAMP '" + t.UTC().Format("2006-01-02 15:04:05.000000") + "'" }
	return strings.NewReplacer("{{from}}", stamp(from), "{{to}}", stamp(to)).Replace(sql), bad
}

// literal writes a parameter's value as SQL has it.
func literal(v any) (string, error) {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case string:
		if d, ok := parseSpan(v); ok && spanPattern.MatchString(v) {
			return fmt.Sprintf("INTERVAL '%d seconds'", int64(d/time.Second)), nil
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'", nil
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			text, err := literal(item)
			if err != nil {
				return "", err
			}
			parts[i] = text
		}
		return "(" + strings.Join(parts, ", ") + ")", nil
	default:
		return "", invalid("%v is no value of a parameter", v)
	}
}
