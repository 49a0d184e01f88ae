package correlate

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// egress learns from which addresses many people of a tenant come: the offices
// and gateways of the organization, whatever databases say of them. Such an
// address says nothing of where one of them is.
type egress struct {
	most      int // people from which on it is shared; 0 is never
	addresses *table[addressOf]
}

type addressOf struct {
	first, last int64
	people      []uint64 // hashes, sorted, up to most
}

// proven is how long an address must have been in use before it counts as
// shared: one who takes over five accounts at once is no gateway.
const proven = int64(3 * 24 * time.Hour)

func newEgress(most int) egress { return egress{most, newTable[addressOf]()} }

// see notes that somebody came from an address, and reports whether it is shared.
func (g *egress) see(address, person string, at, mark int64, d *definition) bool {
	if g.most == 0 || address == "" {
		return false
	}
	a := &g.addresses.get(joinKey("", address)).value
	if a.people == nil || mark-a.last > familiar {
		*a = addressOf{first: at, last: at}
	}
	a.first, a.last = min(a.first, at), max(a.last, at)
	if len(a.people) < g.most {
		h := hash(person)
		if i, known := slices.BinarySearch(a.people, h); !known {
			a.people = slices.Insert(a.people, i, h)
		}
	}
	d.stats.Forgotten += limitTable(g.addresses, d.limits.MaxKeys)
	return len(a.people) >= g.most && at-a.first >= proven
}

func (g *egress) expire(mark int64) {
	expireTable(g.addresses, func(a *addressOf) bool { return mark-a.last > familiar })
}

func (g *egress) encode(e *encoder) {
	encodeTable(e, g.addresses, func(a *addressOf) {
		e.int(a.first)
		e.int(a.last)
		encodeList(e, a.people, e.uint)
	})
}

func (g *egress) decode(d *decoder) {
	decodeTable(d, g.addresses, func(a *addressOf) {
		*a = addressOf{d.int(), d.int(), decodeList(d, d.uint)}
		if len(a.people) == 0 || !slices.IsSortedFunc(a.people, cmp.Compare) {
			d.fail("an address is nobody's")
		}
	})
}

// hash stands for a text where only being equal matters.
func hash(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(sigma.Fold(text))) // never fails
	return h.Sum64()
}
