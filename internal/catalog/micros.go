package catalog

import "time"

// Micros is how a time is stored: microseconds since 1970 in UTC, 0 for the
// zero time. Integers compare and index the same on every database.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of Micros.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
