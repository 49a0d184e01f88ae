package search

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Timestamp is a moment as a literal, in UTC and whole microseconds, which is
// what the journal holds.
func Timestamp(t time.Time) string {
	return "TIMESTAMP '" + t.UTC().Format("2006-01-02 15:04:05.999999") + "'"
}

// text is a text as a literal. A quote in it is doubled, which is the only
// escape of the language; what cannot be part of a query is refused.
func text(s string) (string, error) {
	if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
		return "", invalid("type the value again", "a value is not UTF-8 text")
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'", nil
}

// literal is a value as a literal of a column's type.
func literal(column, kind, value string) (string, error) {
	switch kind {
	case "INTEGER", "BIGINT":
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			return "", invalid("e.g. 15", "%s is a whole number, %.80q is none", column, value)
		}
		return strconv.FormatInt(n, 10), nil
	case "DOUBLE":
		f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return "", invalid("e.g. 52.5", "%s is a number, %.80q is none", column, value)
		}
		return strconv.FormatFloat(f, 'f', -1, 64), nil
	case "TIMESTAMP":
		t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(value))
		if err != nil {
			return "", invalid("e.g. 2026-11-22T08:00:00Z", "%s is a time, %.80q is none", column, value)
		}
		return Timestamp(t), nil
	default:
		return text(value)
	}
}
