package index

import (
	"encoding/binary"
	"math/bits"
)

// exactTable finds the predicates of whole values, by open addressing.
type exactTable struct {
	slots   []int32 // index into entries plus one; 0 is free. A power of two.
	entries []exactEntry
}

type exactEntry struct {
	hash  uint64
	text  string
	preds []int32
}

func newExactTable(texts map[string][]int32) exactTable {
	t := exactTable{}
	if len(texts) == 0 {
		return t
	}
	// At most a quarter full: a value that no rule names, which is nearly all
	// of them, mostly ends at its first slot.
	t.slots = make([]int32, 1<<bits.Len(uint(len(texts)*4)))
	for text, preds := range texts {
		h := hash([]byte(text))
		t.entries = append(t.entries, exactEntry{h, text, preds})
		at := h & uint64(len(t.slots)-1)
		for t.slots[at] != 0 {
			at = (at + 1) & uint64(len(t.slots)-1)
		}
		t.slots[at] = int32(len(t.entries))
	}
	return t
}

// find returns the predicates of a folded value.
func (t *exactTable) find(folded []byte) []int32 {
	if len(t.slots) == 0 {
		return nil
	}
	h := hash(folded)
	mask := uint64(len(t.slots) - 1)
	for at := h & mask; t.slots[at] != 0; at = (at + 1) & mask {
		if e := &t.entries[t.slots[at]-1]; e.hash == h && e.text == string(folded) {
			return e.preds
		}
	}
	return nil
}

// hash mixes eight bytes at a time. It need not withstand chosen inputs: the
// table is built of rules, and events only look things up in it.
func hash(b []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(b)) * k
	for len(b) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	return mix(h ^ tail)
}

func mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x, 0x9e3779b97f4a7c15)
	return hi ^ lo
}
