package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// notStated stands in a sentence for a value that the event does not have.
const notStated = "unknown"

// maxReasonValue is how much of one value a sentence quotes, in characters.
const maxReasonValue = 200

// sentence is a rule's reason, taken apart: text, and names of values in braces.
type sentence []fragment

type fragment struct {
	text string
	name string // of the value that stands here; "" for plain text
}

// parseSentence reads a reason. Two braces of a kind stand for one.
func parseSentence(s string) (sentence, error) {
	var out sentence
	var text strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case (c == '{' || c == '}') && i+1 < len(s) && s[i+1] == c:
			text.WriteByte(c)
			i++
		case c == '{':
			end := strings.IndexByte(s[i:], '}')
			name := ""
			if end > 0 {
				name = strings.TrimSpace(s[i+1 : i+end])
			}
			if name == "" || strings.ContainsAny(name, "{") {
				return nil, &nightjar.Error{
					Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the reason %q has a brace that names no value", s),
					Hint: "write {UserId} for a value of the event, {{ for a brace",
				}
			}
			if text.Len() > 0 {
				out = append(out, fragment{text: text.String()})
				text.Reset()
			}
			out = append(out, fragment{name: name})
			i += end
		default:
			text.WriteByte(c)
		}
	}
	if text.Len() > 0 {
		out = append(out, fragment{text: text.String()})
	}
	return out, nil
}

// names lists the values that the sentence speaks of.
func (s sentence) names() []string {
	var names []string
	for _, f := range s {
		if f.name != "" {
			names = append(names, f.name)
		}
	}
	return names
}

// write fills the sentence in.
func (s sentence) write(value func(name string) string) string {
	var b strings.Builder
	for _, f := range s {
		if f.name == "" {
			b.WriteString(f.text)
			continue
		}
		v := shorten(value(f.name))
		if v == "" {
			v = notStated
		}
		b.WriteString(v)
	}
	return b.String()
}

// shorten makes a value fit for a sentence: one line, of bounded length.
func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	n := 0
	for i := range s {
		if n++; n > maxReasonValue {
			return s[:i] + "…"
		}
	}
	return s
}

// listed joins the values of a field for people: a few, and how many more.
func listed(values []string) string {
	const few = 5
	if len(values) > few {
		return fmt.Sprintf("%s and %d more", strings.Join(values[:few], ", "), len(values)-few)
	}
	return strings.Join(values, ", ")
}

// spanWords writes a span of time for people.
func spanWords(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= 2*u.unit || d == u.unit {
			return plural(int64(d.Round(u.unit)/u.unit), u.name)
		}
	}
	return plural(int64(d.Round(time.Second)/time.Second), "second")
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// timeWords writes a moment for people.
func timeWords(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
