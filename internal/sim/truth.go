package sim

import (
	"sync"
	"time"
)

// truth is what the server knows of its own doings. It is safe for concurrent use.
type truth struct {
	mu         sync.Mutex
	requests   map[string]int64
	faults     map[string]int64
	apiErrors  map[string]int64
	signIn     map[int]int64
	violations map[[2]string]*Violation
	tenants    map[string]*tenantTruth
}

// tenantTruth is what was served of one tenant. Blobs are remembered by their
// place, 24 bytes each; their events are not.
type tenantTruth struct {
	throttled int64
	waitUntil time.Time // as Retry-After last asked
	askedAt   time.Time // wall time of that
	blobs     map[blobKey]*blobCount
	calls     []announced
}

type blobKey struct {
	feed uint8
	kind uint8
	n    int64
}

type blobCount struct {
	listed, whole, part, refused int32
}

type announced struct {
	feed int
	at   time.Time
	attempt
}

// Violation is something that a client must not do.
type Violation struct {
	Tenant string `json:"tenant,omitempty"`
	Kind   string `json:"kind"`
	Count  int64  `json:"count"`
	First  string `json:"first"` // what the first of them was about
}

// inFlight is how long after a refusal requests may still arrive that were
// sent before it was read, in wall time.
const inFlight = 250 * time.Millisecond

func newTruth(tenants map[string]*tenant) *truth {
	t := &truth{
		requests: map[string]int64{}, faults: map[string]int64{}, apiErrors: map[string]int64{}, signIn: map[int]int64{},
		violations: map[[2]string]*Violation{}, tenants: map[string]*tenantTruth{},
	}
	for id := range tenants {
		t.tenants[id] = &tenantTruth{blobs: map[blobKey]*blobCount{}}
	}
	return t
}

func (t *truth) request(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests[name]++
}

func (t *truth) fault(kind string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults[kind]++
}

func (t *truth) apiError(code string) {
	if code == "" {
		code = "no code"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.apiErrors[code]++
}

func (t *truth) signInError(code int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.signIn[code]++
}

func (t *truth) violate(tenant, kind, detail string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.violateLocked(tenant, kind, detail)
}

func (t *truth) violateLocked(tenant, kind, detail string) {
	v := t.violations[[2]string{tenant, kind}]
	if v == nil {
		v = &Violation{Tenant: tenant, Kind: kind, First: detail}
		t.violations[[2]string{tenant, kind}] = v
	}
	v.Count++
}

// heeds notes a request that comes before the end of the wait that was asked for.
func (t *truth) heeds(tenant string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tt := t.tenants[tenant]
	if now.Before(tt.waitUntil) && (wallClock{}).Now().Sub(tt.askedAt) > inFlight {
		t.violateLocked(tenant, "request before Retry-After ended", tt.waitUntil.Sub(now).String()+" too early")
	}
}

func (t *truth) askedToWait(tenant string, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tt := t.tenants[tenant]; until.After(tt.waitUntil) {
		tt.waitUntil, tt.askedAt = until, wallClock{}.Now()
	}
}

func (t *truth) throttled(tenant string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tenants[tenant].throttled++
}

// count returns the counters of a blob; the caller holds the lock.
func (t *truth) count(tenant string, b blob) *blobCount {
	key := blobKey{uint8(b.feed), uint8(b.kind), b.n}
	blobs := t.tenants[tenant].blobs
	c := blobs[key]
	if c == nil {
		c = &blobCount{}
		blobs[key] = c
	}
	return c
}

func (t *truth) listed(tenant string, b blob) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(tenant, b).listed++
}

// served notes that a blob went out: its first n events, if ok.
func (t *truth) served(tenant string, b blob, n int, ok bool) {
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.count(tenant, b)
	if n < b.count {
		c.part++
	} else {
		c.whole++
	}
}

// refusedExpired notes that a client came too late for a blob.
func (t *truth) refusedExpired(tenant string, b blob) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(tenant, b).refused++
}

// seen returns a blob's counters.
func (t *truth) seen(tenant string, feed int, kind blobKind, n int64) blobCount {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.tenants[tenant].blobs[blobKey{uint8(feed), uint8(kind), n}]; c != nil {
		return *c
	}
	return blobCount{}
}

func (t *truth) notified(tenant string, feed int, list []notification, outcome string, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	tt := t.tenants[tenant]
	for _, n := range list {
		tt.calls = append(tt.calls, announced{feed, at, attempt{n, outcome, at.UTC().Format("2006-01-02T15:04:05.000Z")}})
	}
}

func (t *truth) attempts(tenant string, feed int, win window) []attempt {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []attempt{}
	for _, c := range t.tenants[tenant].calls {
		if c.feed == feed && !c.at.Before(win.from) && c.at.Before(win.to) {
			list = append(list, c.attempt)
		}
	}
	return list
}
