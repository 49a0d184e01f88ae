package api

import (
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/search"
)

// bucketsOfPanel is about how many pieces {{bucket}} cuts a span into.
const bucketsOfPanel = 60

// fill puts a span into the SQL of a panel. What it puts in is made of a time
// alone, so that it cannot change the query's form.
func fill(sql string, from, to time.Time) (string, error) {
	if !strings.Contains(sql, "{{") {
		return sql, nil
	}
	if from.IsZero() || to.IsZero() || !from.Before(to) {
		return "", invalid("the query has {{from}}, {{to}} or {{bucket}}, and no span is given", "give from and to")
	}
	return strings.NewReplacer(
		"{{from}}", search.Timestamp(from), "{{to}}", search.Timestamp(to),
		"{{bucket}}", search.Interval(search.Width(from, to, bucketsOfPanel)),
	).Replace(sql), nil
}
