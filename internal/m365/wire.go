package m365

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// text is a JSON string, or whatever else stands in its place as it is
// written: a field of an unexpected type must not cost a whole page.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b)
	}
	*t = text(s)
	return nil
}

var errTime = errors.New("not a time")

// parseTime reads the forms of time that the API uses: with and without a
// zone, with and without a fraction. Without a zone it is UTC.
func parseTime(s text) (time.Time, error) {
	v := strings.TrimSpace(string(s))
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errTime
}

// formatTime writes a time as the API's parameters take it.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }
