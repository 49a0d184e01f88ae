package index

import (
	"encoding/binary"
	"math/bits"
)

// node is a place in events that a rule names, or that leads to one.
type node struct {
	refs []ref // fields that are kept here
	kids map[string]*node

	// After seal: the kids by open addressing.
	slots []slot
}

type slot struct {
	hash uint32
	step string // folded
	node *node
}

func (n *node) grow(step string) *node {
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	kid := n.kids[step]
	if kid == nil {
		kid = &node{}
		n.kids[step] = kid
	}
	return kid
}

// seal lays the kids into a table.
func (n *node) seal() {
	if len(n.kids) > 0 {
		n.slots = make([]slot, 1<<bits.Len(uint(len(n.kids)*4)))
	}
	for step, kid := range n.kids {
		h := keyHash([]byte(step))
		at := int(h) & (len(n.slots) - 1)
		for n.slots[at].node != nil {
			at = (at + 1) & (len(n.slots) - 1)
		}
		n.slots[at] = slot{h, step, kid}
		kid.seal()
	}
}

// kid finds the node of a name that is ASCII without spaces, dots, brackets
// and escapes, in any case.
func (n *node) kid(name []byte) *node {
	if len(n.slots) == 0 {
		return nil
	}
	h := keyHash(name)
	mask := len(n.slots) - 1
	for at := int(h) & mask; n.slots[at].node != nil; at = (at + 1) & mask {
		if s := &n.slots[at]; s.hash == h && equalFold(name, s.step) {
			return s.node
		}
	}
	return nil
}

// keyHash hashes the length and the first and last eight bytes of a name, and
// is equal for names that differ by ASCII case alone.
func keyHash(b []byte) uint32 {
	const lower = 0x2020202020202020
	var first, last uint64
	if n := len(b); n >= 8 {
		first = binary.LittleEndian.Uint64(b) | lower
		last = binary.LittleEndian.Uint64(b[n-8:]) | lower
	} else {
		for i, c := range b {
			first |= uint64(c|0x20) << (8 * i)
		}
	}
	return uint32(mix(first^bits.RotateLeft64(last, 31)^uint64(len(b))) >> 16)
}

// equalFold reports whether name is the folded step but for ASCII case.
func equalFold(name []byte, step string) bool {
	if len(name) != len(step) {
		return false
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != step[i] {
			return false
		}
	}
	return true
}
