package access

import (
	"net/netip"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// maxKeys bounds the memory of the limits: about 200 bytes a key.
const maxKeys = 20_000

// maxAccount bounds what a key holds of a name, in bytes: those that people
// have are at most 64 characters, those that strangers send are longer.
const maxAccount = 256

// rule says how failures slow down further attempts: the first free ones
// within the window cost nothing, each one more doubles the wait from a second
// up to the most. Nothing is ever locked: a lock would let a stranger keep
// somebody out.
type rule struct {
	free   int
	window time.Duration
	most   time.Duration
}

// The rules. A wait of a minute after the first few failures leaves a guesser
// some 1,500 tries a day on an account from one address.
func byPair() rule    { return rule{free: 5, window: 15 * time.Minute, most: time.Minute} }
func byAddress() rule { return rule{free: 20, window: 15 * time.Minute, most: time.Minute} }
func byAccount() rule { return rule{free: 30, window: time.Hour, most: 10 * time.Second} }
func byNotice() rule  { return rule{free: 1, window: time.Hour, most: time.Hour} }

// limits counts failed attempts in memory. It is safe for concurrent use.
type limits struct {
	clock clock.Clock

	mu    sync.Mutex
	tries map[string][]time.Time
	known map[string]time.Time // account and address that signed in well
}

func newLimits(c clock.Clock) *limits {
	return &limits{clock: c, tries: make(map[string][]time.Time), known: make(map[string]time.Time)}
}

// attempt is one try that counts as failed until it succeeds, so that many
// tries at the same moment cannot all pass before the first has failed.
type attempt struct {
	l       *limits
	keys    []string
	account string
	place   string
	at      time.Time
}

// begin starts an attempt on an account from an address, or says how long to
// wait. The account need not exist: an unknown one is slowed down alike. From
// an address that signed in to the account before, failures elsewhere do not
// matter: a stranger cannot slow down the owner at home. Neither do failures at
// other accounts from there: many people share one address.
func (l *limits) begin(account string, from netip.Addr) (*attempt, error) {
	if len(account) > maxAccount {
		account = hashOf(account) // nobody has it; what is kept of it must be bounded
	}
	place := Network(from)
	a := &attempt{l: l, account: account, place: place, at: l.clock.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	checks := map[string]rule{"pair " + account + " " + place: byPair()}
	if _, known := l.known[account+" "+place]; !known {
		checks["address "+place], checks["account "+account] = byAddress(), byAccount()
	}
	var wait time.Duration
	for key, r := range checks {
		wait = max(wait, l.wait(key, r, a.at))
		a.keys = append(a.keys, key)
	}
	if wait > 0 {
		return nil, throttled(wait, "there were too many failed attempts")
	}
	l.bound()
	for _, key := range a.keys {
		l.tries[key] = append(l.tries[key], a.at)
	}
	return a, nil
}

// succeeded takes the attempt back, and forgives earlier ones of the pair.
func (a *attempt) succeeded() {
	l := a.l
	l.mu.Lock()
	defer l.mu.Unlock()
	a.takeBack()
	delete(l.tries, "pair "+a.account+" "+a.place)
	if len(l.known) >= maxKeys {
		clear(l.known)
	}
	l.known[a.account+" "+a.place] = a.at
}

// withdrawn takes the attempt back: it was ended by something else than a
// wrong answer, or is the first half of a sign-in that goes on.
func (a *attempt) withdrawn() {
	a.l.mu.Lock()
	defer a.l.mu.Unlock()
	a.takeBack()
}

func (a *attempt) takeBack() {
	for _, key := range a.keys {
		times := a.l.tries[key]
		for i, t := range times {
			if t.Equal(a.at) {
				times = append(times[:i:i], times[i+1:]...)
				break
			}
		}
		if len(times) == 0 {
			delete(a.l.tries, key)
		} else {
			a.l.tries[key] = times
		}
	}
}

// first reports whether key is seen for the first time within an hour. It
// keeps what strangers can cause from filling the audit log.
func (l *limits) first(key string) bool {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wait(key, byNotice(), now) > 0 {
		return false
	}
	l.bound()
	l.tries[key] = []time.Time{now}
	return true
}

// wait returns how long the key has to wait, and forgets what is too old.
func (l *limits) wait(key string, r rule, now time.Time) time.Duration {
	times := l.tries[key]
	for len(times) > 0 && now.Sub(times[0]) >= r.window {
		times = times[1:]
	}
	if len(times) == 0 {
		delete(l.tries, key)
		return 0
	}
	// Beyond where the wait is longest, further failures say nothing new.
	if over := len(times) - r.free - 12; over > 0 {
		times = times[over:]
	}
	l.tries[key] = times
	excess := len(times) - r.free
	if excess < 0 {
		return 0
	}
	wait := min(time.Second<<min(excess, 20), r.most)
	return max(wait-now.Sub(times[len(times)-1]), 0)
}

// bound makes room for another key. Which ones go is left to chance: whoever
// fills the table must not be able to choose.
func (l *limits) bound() {
	if len(l.tries) < maxKeys {
		return
	}
	drop := maxKeys / 10
	for key := range l.tries {
		if drop--; drop < 0 {
			break
		}
		delete(l.tries, key)
	}
}

// Network is what counts as one address: with IPv6 a subscriber has a /64.
func Network(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// retryBusy is how long to wait when there is too much to do.
const retryBusy = 2 * time.Second

// ThrottledError is the cause of an error with CodeThrottled: how long to wait.
type ThrottledError struct{ After time.Duration }

// Error implements error.
func (t *ThrottledError) Error() string { return "wait " + t.After.Round(time.Second).String() }

func throttled(after time.Duration, why string) error {
	after = max(after.Round(time.Second), time.Second)
	return &nightjar.Error{
		Code: nightjar.CodeThrottled, Message: why, Hint: "try again in " + after.String(), Err: &ThrottledError{After: after},
	}
}
