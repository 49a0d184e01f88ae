package m365

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds what an answer may ask for, so that a broken header
// cannot stop a tenant for good. Content lives for 7 days; 6 hours keeps the
// tenant well away from losing any.
const maxRetryAfter = 6 * time.Hour

// retryAfter reads Retry-After in seconds or as an HTTP date; 0 when it is
// absent or unreadable. A date is measured against the answer's own Date, so
// that a wrong clock of ours does not shorten the wait.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(v, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
