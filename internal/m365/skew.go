package m365

import (
	"net/http"
	"sync/atomic"
	"time"
)

// skew remembers how far Microsoft's clock is ahead of ours.
type skew struct {
	ahead atomic.Int64
	known atomic.Bool
}

// observe reads the Date header of an answer, which counts whole seconds.
func (s *skew) observe(h http.Header, now time.Time) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	s.ahead.Store(int64(date.Add(500 * time.Millisecond).Sub(now)))
	s.known.Store(true)
}

// get returns the last observation.
func (s *skew) get() (ahead time.Duration, known bool) {
	return time.Duration(s.ahead.Load()), s.known.Load()
}
