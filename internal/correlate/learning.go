package correlate

import (
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// learning says for how long nothing alerts. It counts from the first match of
// a key; with scope: tenant from the first event of the tenant, of whatever
// kind, so that what is rare is not taken for normal because it comes for the
// first time. By the time of the events: what is collected of the days before
// a tenant was connected counts.
type learning struct{ since int64 }

func newLearning() learning { return learning{never} }

func (l *learning) begin(at int64) { l.since = min(l.since, at) }

// over reports whether a key that was first seen at since may alert at a time,
// when time has come to mark: what happens now may come before what there is to
// learn from.
func (l *learning) over(own *sigma.Own, since, at, mark int64) bool {
	if own.LearnTenant {
		since = l.since
	}
	span := int64(own.Learning)
	return at-since >= span && (span == 0 || mark-since >= span)
}

const (
	// pauses is for how many timespans a key that shows nothing at all is
	// remembered. An account that was forgotten when it fell asleep would be
	// learned anew, in silence, when somebody else wakes it up.
	pauses = 4
	// familiar is how long devices, addresses, users and detours are remembered
	// that have not been seen again.
	familiar = int64(30 * 24 * time.Hour)
	// settled is how old something must be to count as known: what an attacker
	// brings along must not vouch for itself the hour after.
	settled = int64(24 * time.Hour)
	// sweepOwn is how much time passes between two looks for keys to let go of.
	sweepOwn = int64(time.Hour)
)
