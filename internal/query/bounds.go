package query

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// timeRange is a range of event times; a zero end is open. From is inclusive,
// To is exclusive.
type timeRange struct{ From, To time.Time }

func (r timeRange) narrow(o timeRange) timeRange {
	if r.From.Before(o.From) {
		r.From = o.From
	}
	if r.To.IsZero() || (!o.To.IsZero() && o.To.Before(r.To)) {
		r.To = o.To
	}
	return r
}

// widen returns a range that holds both.
func (r timeRange) widen(o timeRange) timeRange {
	if r.From.IsZero() || o.From.IsZero() {
		r.From = time.Time{}
	} else if o.From.Before(r.From) {
		r.From = o.From
	}
	if r.To.IsZero() || o.To.IsZero() {
		r.To = time.Time{}
	} else if o.To.After(r.To) {
		r.To = o.To
	}
	return r
}

// timeBound reads what one condition of a conjunction says of the column
// time. What it does not understand bounds nothing.
func timeBound(cond node, isTime func(node) bool) timeRange {
	tick := time.Microsecond
	switch cond.str("class") {
	case "BETWEEN":
		if cond.str("type") != "COMPARE_BETWEEN" || !isTime(cond.child("input")) {
			return timeRange{}
		}
		var r timeRange
		if t, ok := constantTime(cond.child("lower")); ok {
			r.From = t
		}
		if t, ok := constantTime(cond.child("upper")); ok {
			r.To = t.Add(tick)
		}
		return r
	case "COMPARISON":
		op, left, right := cond.str("type"), cond.child("left"), cond.child("right")
		if !isTime(left) {
			left, right, op = right, left, mirrored(op)
		}
		if !isTime(left) {
			return timeRange{}
		}
		t, ok := constantTime(right)
		if !ok {
			return timeRange{}
		}
		switch op {
		case "COMPARE_EQUAL":
			return timeRange{t, t.Add(tick)}
		case "COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO":
			return timeRange{From: t}
		case "COMPARE_LESSTHAN":
			return timeRange{To: t}
		case "COMPARE_LESSTHANOREQUALTO":
			return timeRange{To: t.Add(tick)}
		}
	}
	return timeRange{}
}

func mirrored(op string) string {
	switch op {
	case "COMPARE_GREATERTHAN":
		return "COMPARE_LESSTHAN"
	case "COMPARE_GREATERTHANOREQUALTO":
		return "COMPARE_LESSTHANOREQUALTO"
	case "COMPARE_LESSTHAN":
		return "COMPARE_GREATERTHAN"
	case "COMPARE_LESSTHANOREQUALTO":
		return "COMPARE_GREATERTHANOREQUALTO"
	default:
		return op
	}
}

// constantTime evaluates the forms in which people write a time: a literal,
// TIMESTAMP or DATE literal, and either plus or minus an interval.
func constantTime(n node) (time.Time, bool) {
	switch n.str("class") {
	case "CONSTANT":
		s, ok := constantString(n)
		if !ok {
			return time.Time{}, false
		}
		return parseTime(s)
	case "CAST":
		if id := n.child("cast_type").str("id"); id != "TIMESTAMP" && id != "DATE" {
			return time.Time{}, false
		}
		t, ok := constantTime(n.child("child"))
		if ok && n.child("cast_type").str("id") == "DATE" {
			t = t.Truncate(24 * time.Hour)
		}
		return t, ok
	case "FUNCTION":
		args := n.children("children")
		if len(args) != 2 || n.str("function_name") != "+" && n.str("function_name") != "-" {
			return time.Time{}, false
		}
		t, ok := constantTime(args[0])
		d, known := constantInterval(args[1])
		if !ok || !known {
			return time.Time{}, false
		}
		if n.str("function_name") == "-" {
			d = -d
		}
		return t.Add(d), true
	}
	return time.Time{}, false
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", "2006-01-02T15:04:05.999999Z", "2006-01-02 15:04", "2006-01-02"} {
		// The engine rounds to microseconds; a finer literal bounds nothing.
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil && t.Nanosecond()%1000 == 0 {
			return t, true
		}
	}
	return time.Time{}, false
}

// constantInterval knows units of a fixed length; months and years bound nothing.
func constantInterval(n node) (time.Duration, bool) {
	switch n.str("class") {
	case "CAST":
		if n.child("cast_type").str("id") != "INTERVAL" {
			return 0, false
		}
		s, ok := constantString(n.child("child"))
		words := strings.Fields(s)
		if !ok || len(words) != 2 {
			return 0, false
		}
		return interval(words[0], strings.TrimSuffix(strings.ToLower(words[1]), "s"))
	case "FUNCTION":
		unit, ok := strings.CutPrefix(n.str("function_name"), "to_")
		args := n.children("children")
		if !ok || len(args) != 1 {
			return 0, false
		}
		arg := args[0]
		for arg.str("class") == "CAST" || arg.str("class") == "FUNCTION" && arg.str("function_name") == "trunc" && len(arg.children("children")) == 1 {
			if arg.str("class") == "CAST" {
				arg = arg.child("child")
			} else {
				arg = arg.children("children")[0]
			}
		}
		v, ok := arg.child("value")["value"].(json.Number)
		if arg.str("class") != "CONSTANT" || !ok {
			return 0, false
		}
		return interval(v.String(), strings.TrimSuffix(unit, "s"))
	}
	return 0, false
}

func interval(count, unit string) (time.Duration, bool) {
	n, err := strconv.ParseInt(count, 10, 32)
	if err != nil {
		return 0, false
	}
	units := map[string]time.Duration{
		"microsecond": time.Microsecond, "millisecond": time.Millisecond, "second": time.Second, "minute": time.Minute,
		"hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour,
	}
	u, ok := units[unit]
	if ok && (n > int64(1<<62)/int64(u) || n < -int64(1<<62)/int64(u)) {
		return 0, false
	}
	return time.Duration(n) * u, ok
}
