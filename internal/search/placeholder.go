package search

import (
	"strings"
	"time"
)

// bucketsOfPanel is about how many pieces {{bucket}} cuts a span into.
const bucketsOfPanel = 60

// Fill puts a span into SQL that has {{from}}, {{to}} or {{bucket}}. What it
// puts in is made of a time alone, so that it cannot change the query's form.
func Fill(sql string, from, to time.Time) (string, error) {
	if !strings.Contains(sql, "{{") {
		return sql, nil
	}
	if from.IsZero() || to.IsZero() || !from.Before(to) {
		return "", invalid("give from and to", "the query has {{from}}, {{to}} or {{bucket}}, and no span is given")
	}
	return strings.NewReplacer(
		"{{from}}", Timestamp(from), "{{to}}", Timestamp(to), "{{bucket}}", Interval(Width(from, to, bucketsOfPanel)),
	).Replace(sql), nil
}
