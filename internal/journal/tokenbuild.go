package journal

import (
	"encoding/binary"
)

const (
	// tokenBits is the bits that a token sets in its block.
	tokenBits = 5
	// tokenBitsEach is the filter bits spent on each distinct token of a row group.
	tokenBitsEach = 8
	// seenSlots is the size of the table that keeps common tokens from being
	// collected again and again; it must fit the second-level cache.
	seenSlots = 1 << 16
)

// tokenBuilder makes the token filters of one segment, row group by row group.
type tokenBuilder struct {
	seen   []uint64 // direct-mapped: the last hash of each slot
	hashes []uint64 // hashes of the group; a few are there more than once
	edges  []int32
	rows   int
	groups []tokenGroup
	blocks []byte
}

type tokenGroup struct {
	rows   uint32
	blocks uint32
}

func newTokenBuilder() *tokenBuilder {
	return &tokenBuilder{seen: make([]uint64, seenSlots)}
}

func (b *tokenBuilder) reset() {
	clear(b.seen)
	b.hashes, b.rows = b.hashes[:0], 0
	b.groups, b.blocks = b.groups[:0], b.blocks[:0]
}

// add collects the tokens of one raw event.
//
// The boundaries are found without a branch on the data, because their places
// are as good as random and a mispredicted branch costs more than ten bytes.
func (b *tokenBuilder) add(raw []byte) {
	b.rows++
	if cap(b.edges) < len(raw)+2 {
		b.edges = make([]int32, len(raw)+2+len(raw)/2)
	}
	edges := b.edges[:len(raw)+2]
	n, before := 0, uint8(0)
	for i, c := range raw {
		in := isToken[c]
		edges[n] = int32(i)
		n += int(in ^ before)
		before = in
	}
	edges[n] = int32(len(raw))
	n += int(before)
	seen := b.seen
	for i := 0; i+1 < n; i += 2 {
		h := hashToken(raw, int(edges[i]), int(edges[i+1]))
		slot := &seen[(h>>32)&(seenSlots-1)]
		if *slot != h {
			*slot = h
			b.hashes = append(b.hashes, h)
		}
	}
}

// endGroup closes the filter of the current row group.
func (b *tokenBuilder) endGroup() {
	if b.rows == 0 {
		return
	}
	n := max(1, (len(b.hashes)*tokenBitsEach+8*bloomBlock-1)/(8*bloomBlock))
	start := len(b.blocks)
	b.blocks = append(b.blocks, make([]byte, n*bloomBlock)...)
	group := b.blocks[start:]
	for _, h := range b.hashes {
		off := blockOf(h, uint32(n)) * bloomBlock
		setBits(group[off:off+bloomBlock], h, tokenBits)
	}
	b.groups = append(b.groups, tokenGroup{rows: uint32(b.rows), blocks: uint32(n)})
	b.hashes, b.rows = b.hashes[:0], 0
	clear(b.seen)
}

// The header of a token file; docs/journal-format.md describes it.
const (
	tokenMagic     = "NJTF"
	tokenVersion   = 1
	tokenHeadSize  = 16
	tokenGroupSize = 8
)

// encode returns the file: header, groups, padding to a block, blocks.
func (b *tokenBuilder) encode(dst []byte) []byte {
	dst = append(dst, tokenMagic...)
	dst = binary.LittleEndian.AppendUint16(dst, tokenVersion)
	dst = binary.LittleEndian.AppendUint16(dst, tokenBits)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.groups)))
	dst = binary.LittleEndian.AppendUint32(dst, 0)
	for _, g := range b.groups {
		dst = binary.LittleEndian.AppendUint32(dst, g.rows)
		dst = binary.LittleEndian.AppendUint32(dst, g.blocks)
	}
	for len(dst)%bloomBlock != 0 {
		dst = append(dst, 0)
	}
	return append(dst, b.blocks...)
}
