package api

import (
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Classes beside those of routes: every request of an address, and the tokens
// of an address that were not valid.
const (
	rateAddress rateClass = "address"
	rateToken   rateClass = "token"
	// rateDenied limits the audit entries of refusals, not requests.
	rateDenied rateClass = "denied"
)

// allowance is how many requests a class lets through at once, and how soon
// one more is allowed. They are far above what the console needs: they stop
// floods and guessing, not people.
type allowance struct {
	burst int
	every time.Duration
}

func allowances() map[rateClass]allowance {
	return map[rateClass]allowance{
		rateAddress: {600, 20 * time.Millisecond},
		rateLogin:   {30, 2 * time.Second},
		rateToken:   {20, 3 * time.Second},
		rateQuery:   {120, 100 * time.Millisecond},
		rateHeavy:   {20, 3 * time.Second},
		rateDenied:  {20, 10 * time.Second},
	}
}

// maxBuckets bounds the memory of the limits: when there are more keys, those
// that have been quiet for longest start anew.
const maxBuckets = 10_000

// rates counts requests by class and key. A bucket is the moment until which
// it is used up: that moves on with each request and is never far ahead.
type rates struct {
	clock   clock.Clock
	classes map[rateClass]allowance

	mu      sync.Mutex
	buckets map[rateKey]time.Time
}

type rateKey struct {
	class rateClass
	key   string
}

func newRates(c clock.Clock) *rates {
	return &rates{clock: c, classes: allowances(), buckets: map[rateKey]time.Time{}}
}

// take counts a request, or refuses it.
func (r *rates) take(class rateClass, key string) error { return r.use(class, key, true) }

// look refuses a request like take, and does not count it.
func (r *rates) look(class rateClass, key string) error { return r.use(class, key, false) }

func (r *rates) use(class rateClass, key string, count bool) error {
	a := r.classes[class]
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	k := rateKey{class, key}
	until := r.buckets[k]
	if until.Before(now) {
		until = now
	}
	if until.Sub(now)+a.every > time.Duration(a.burst)*a.every {
		return problem(nightjar.CodeThrottled, "too many requests", "wait a little and try again")
	}
	if !count {
		return nil
	}
	if _, known := r.buckets[k]; !known && len(r.buckets) >= maxBuckets {
		r.sweep(now)
	}
	r.buckets[k] = until.Add(a.every)
	return nil
}

// sweep drops the buckets that are full again, or all when none is.
func (r *rates) sweep(now time.Time) {
	for k, until := range r.buckets {
		if !until.After(now) {
			delete(r.buckets, k)
		}
	}
	if len(r.buckets) >= maxBuckets {
		clear(r.buckets)
	}
}
