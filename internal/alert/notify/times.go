package notify

import (
	"time"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// micros and timeOf keep the zero time as 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return catalog.Micros(t)
}

func timeOf(m int64) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return catalog.Time(m)
}
