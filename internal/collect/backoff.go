package collect

import (
	"math/rand/v2"
	"time"
)

// backoff is how long to wait after the nth failure in a row (n from 1):
// first doubled n-1 times, at most limit, and a fifth of it either way by
// chance, so that what failed together is not tried again together.
func backoff(n int, first, limit time.Duration) time.Duration {
	d := limit
	if n < 1 {
		n = 1
	}
	if n <= 30 {
		d = min(limit, first<<(n-1))
	}
	if d <= 0 {
		d = limit
	}
	return d - d/5 + rand.N(2*d/5+1) //nolint:gosec // jitter needs no secrecy
}
