package search

import (
	"fmt"
	"strings"
	"time"
)

// widths are the pieces that a span is cut into: those that people count in,
// and that divide a day or are whole days, so that they begin at midnight UTC.
func widths() []time.Duration {
	return []time.Duration{
		time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
		time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
		24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour, 364 * 24 * time.Hour,
	}
}

// Width returns the smallest width that cuts a span into at most about
// buckets pieces.
func Width(from, to time.Time, buckets int) time.Duration {
	all := widths()
	for _, w := range all {
		if to.Sub(from) <= w*time.Duration(max(buckets, 1)) {
			return w
		}
	}
	return all[len(all)-1]
}

// Interval writes a width as the query language has it, in the unit that
// people would name.
func Interval(width time.Duration) string {
	for _, u := range []struct {
		name string
		each time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := width / u.each; n > 0 && width%u.each == 0 {
			return fmt.Sprintf("INTERVAL '%d %s'", n, plural(u.name, n))
		}
	}
	n := width / time.Second
	return fmt.Sprintf("INTERVAL '%d %s'", n, plural("second", n))
}

func plural(unit string, n time.Duration) string {
	if n == 1 {
		return unit
	}
	return unit + "s"
}

// bucketOrigin is where the engine's pieces begin, a Monday.
// Source: duckdb.org/docs/stable/sql/functions/timestamp (time_bucket), read 2026-11-22.
func bucketOrigin() time.Time { return time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC) }

// Buckets returns the starts of all pieces that a span touches.
func Buckets(from, to time.Time, width time.Duration) []time.Time {
	start := from.Sub(bucketOrigin())
	start -= (start%width + width) % width
	var out []time.Time
	for t := bucketOrigin().Add(start); t.Before(to); t = t.Add(width) {
		out = append(out, t)
	}
	return out
}

// Histogram returns the SQL that counts the events in pieces of a width.
func (s Search) Histogram(width time.Duration) (string, error) {
	where, err := s.where()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("SELECT tbucket(%s, time) AS bucket, count(*) AS n\nFROM %s\nWHERE %s\nGROUP BY bucket\nORDER BY bucket",
		Interval(width), s.Table, strings.Join(where, "\n  AND ")), nil
}
