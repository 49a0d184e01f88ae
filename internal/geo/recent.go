package geo

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"
)

// recent remembers what was last found of addresses: of those in one blob most
// are the same few. A later address takes the place of an earlier one with the
// same hash; nothing is ever wrong, since each generation has its own. Safe for
// concurrent use.
type recent struct {
	seed  maphash.Seed
	slots [recentSlots]atomic.Pointer[remembered]
}

// recentSlots bounds the memory: about 400 bytes each.
const recentSlots = 4096

// question is all that an answer depends on within a generation.
type question struct {
	addr    netip.Addr
	service bool // the record points to a service of Microsoft
}

type remembered struct {
	question question
	finding  Finding
}

func newRecent() *recent { return &recent{seed: maphash.MakeSeed()} }

func (r *recent) slot(q question) *atomic.Pointer[remembered] {
	return &r.slots[maphash.Comparable(r.seed, q)%recentSlots]
}
