package geo

import (
	"net/netip"
	"slices"
)

// prefixSet answers whether an address is in one of many prefixes. It is
// immutable and safe for concurrent use; the zero value holds nothing.
type prefixSet struct{ spans []span }

// span is a run of addresses, both ends included.
type span struct{ from, to netip.Addr }

// newPrefixSet joins what overlaps, so that one binary search answers.
func newPrefixSet(prefixes []netip.Prefix) prefixSet {
	spans := make([]span, 0, len(prefixes))
	for _, p := range prefixes {
		p = p.Masked()
		spans = append(spans, span{p.Addr(), lastOf(p)})
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined); n > 0 && s.from.Compare(joined[n-1].to) <= 0 {
			if s.to.Compare(joined[n-1].to) > 0 {
				joined[n-1].to = s.to
			}
			continue
		}
		joined = append(joined, s)
	}
	return prefixSet{slices.Clip(joined)}
}

func (s prefixSet) contains(a netip.Addr) bool {
	i, found := slices.BinarySearchFunc(s.spans, a, func(s span, a netip.Addr) int { return s.from.Compare(a) })
	if found {
		return true
	}
	return i > 0 && a.Compare(s.spans[i-1].to) <= 0
}

// lastOf is the last address of a masked prefix.
func lastOf(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes) // as long as it came
	return last
}
