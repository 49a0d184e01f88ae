package ruleset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// checkChanges says which changes do nothing, because what they are about is gone.
func (b *builder) checkChanges() {
	for _, c := range b.options.Changes.Changes {
		if err := b.set.Check(c); err != nil {
			about := "rule " + c.Rule
			if c.Rule == "" {
				about = "pack " + c.Pack
			}
			b.warn(c.Rule, about, 0, fmt.Sprintf("the %s that was changed here for %s does nothing: %v", c.described(), titled(c.Title, c.Rule+c.Pack), err))
		}
	}
	for _, e := range b.options.Changes.Exceptions {
		if e.Active(b.options.Now) && b.set.byLabel[e.Rule] == nil {
			b.warn(e.Rule, "exception "+e.ID, 0, fmt.Sprintf("the exception of %s does nothing: %v", titled(e.Title, e.Rule), b.set.Missing(e.Rule, "")))
		}
	}
}

func (c Change) described() string {
	if c.What == ChangeParameter {
		return "parameter " + c.Name
	}
	return string(c.What)
}

func titled(title, label string) string {
	if title == "" {
		return label
	}
	return fmt.Sprintf("%q (%s)", title, label)
}

// Check says why a change would do nothing.
func (s *Set) Check(c Change) error {
	if err := c.whole(); err != nil {
		return err
	}
	var info *Info
	if c.Rule != "" {
		if info = s.byLabel[c.Rule]; info == nil {
			return s.Missing(c.Rule, "nightjar rule list shows them")
		}
	} else if !slices.Contains(s.Packs(), c.Pack) {
		return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no pack %q%s", c.Pack, meant(c.Pack, s.Packs()))}
	}
	switch {
	case c.What == ChangeParameter:
		return info.checkParameter(c.Name, c.Value)
	case info == nil || info.Alerts:
		return nil
	case c.What == ChangeMode:
		return invalid("%q finds nothing by itself, so that it has no mode", info.Title)
	default:
		return invalid("only rules that find something by themselves have a severity")
	}
}

// whole says what is wrong with a change whatever rules there are.
func (c Change) whole() error {
	text, _ := c.Value.(string)
	switch c.What {
	case ChangeMode:
		if !slices.Contains(Modes(), Mode(text)) {
			return invalid("mode %.40q is none of on, dry_run and off", text)
		}
	case ChangeSeverity:
		if nightjar.Severity(text).Rank() < 0 {
			return invalid("severity %.40q is none of %v", text, nightjar.Severities())
		}
	case ChangeParameter:
		if !scalars(c.Value) {
			return invalid("a parameter takes a text, number, boolean or list of them")
		}
	default:
		return invalid("%.40q cannot be changed", c.What)
	}
	switch {
	case c.Rule == "" && c.Pack == "":
		return invalid("a change of a %s needs a rule, or a pack", c.What)
	case c.Rule != "" && c.Pack != "":
		return invalid("a change is of a rule or of a pack, not of both")
	case c.Pack != "" && c.What == ChangeParameter:
		return invalid("a pack has no parameters")
	case c.Pack != "" && c.What == ChangeSeverity:
		return invalid("only rules that find something by themselves have a severity")
	case c.What == ChangeParameter && c.Name == "":
		return invalid("the change of a parameter needs its name")
	case c.What != ChangeParameter && c.Name != "":
		return invalid("a %s has no name: %.40q", c.What, c.Name)
	}
	return nil
}

// scalars reports whether a value is of one of the types of parameters.
func scalars(v any) bool {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	return !slices.ContainsFunc(list, func(item any) bool {
		switch item.(type) {
		case string, bool, int, int64, float64:
			return false
		default:
			return true
		}
	})
}

func invalid(format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}

// Parameter finds a parameter of a rule by its name.
func (i *Info) Parameter(name string) (Parameter, bool) {
	at := slices.IndexFunc(i.Parameters, func(p Parameter) bool { return p.Name == name })
	if at < 0 {
		return Parameter{}, false
	}
	return i.Parameters[at], true
}

func (i *Info) checkParameter(name string, value any) error {
	p, ok := i.Parameter(name)
	if !ok {
		var names []string
		for _, p := range i.Parameters {
			names = append(names, p.Name)
		}
		if len(names) == 0 {
			return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("%q has no parameters", i.Title)}
		}
		return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("%q has no parameter %q%s", i.Title, name, meant(name, names))}
	}
	return p.takes(value)
}

// takes says why a value is not of the parameter's type.
func (p Parameter) takes(value any) error {
	ok := false
	switch p.Type {
	case Number:
		switch n := value.(type) {
		case int64:
			ok = true
		case float64:
			ok = !math.IsNaN(n) && !math.IsInf(n, 0)
		}
	case Text:
		_, ok = value.(string)
	case Span:
		text, is := value.(string)
		ok = is && spanPattern.MatchString(text)
	case Boolean:
		_, ok = value.(bool)
	case List:
		var list []any
		list, ok = value.([]any)
		ok = ok && len(list) > 0
		for _, item := range list {
			switch item.(type) {
			case string, int64, float64:
			default:
				ok = false
			}
		}
	}
	if ok {
		return nil
	}
	return &nightjar.Error{
		Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%s takes %s, not %v", p.Name, p.Type.described(), value),
		Hint: fmt.Sprintf("the rule has %v", p.Value),
	}
}

func (t ParameterType) described() string {
	switch t {
	case Number:
		return "a number"
	case Span:
		return "a span such as 90s, 15m, 2h or 7d"
	case Boolean:
		return "true or false"
	case List:
		return "a list of texts or numbers, of which there is at least one"
	default:
		return "a text"
	}
}

// Read makes a value of the parameter's type of what a person typed; items of
// lists are parted by commas.
func (p Parameter) Read(typed string) (any, error) {
	number := func(s string) (any, bool) {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, true
		}
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil
	}
	var value any = typed
	switch p.Type {
	case Number:
		if n, ok := number(typed); ok {
			value = n
		}
	case Boolean:
		if b, err := strconv.ParseBool(typed); err == nil {
			value = b
		}
	case List:
		old, _ := p.Value.([]any)
		numbers := len(old) > 0
		for _, item := range old {
			if _, text := item.(string); text {
				numbers = false
			}
		}
		var list []any
		for item := range strings.SplitSeq(typed, ",") {
			item = strings.TrimSpace(item)
			if n, ok := number(item); ok && numbers {
				list = append(list, n)
			} else if item != "" {
				list = append(list, item)
			}
		}
		value = list
	default:
	}
	return value, p.takes(value)
}

// canonical makes of numbers that JSON brought those that rules have.
func canonical(v any) any {
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
		return v
	case int:
		return int64(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = canonical(item)
		}
		return out
	default:
		return v
	}
}
