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
	seen   *[seenSlots]uint64 // direct-mapped: the last hash of each slot
	hashes []uint64           // hashes of the group; a few are there more than once
	rows   int
	groups []tokenGroup
	blocks []byte
}

type tokenGroup struct {
	rows   uint32
	blocks uint32
}

func newTokenBuilder() *tokenBuilder {
	return &tokenBuilder{seen: new([seenSlots]uint64)}
}

func (b *tokenBuilder) reset() {
	if len(b.hashes) > 0 { // else endGroup has cleared it
		*b.seen = [seenSlots]uint64{}
	}
	b.hashes, b.rows = b.hashes[:0], 0
	b.groups, b.blocks = b.groups[:0], b.blocks[:0]
}

// add collects the tokens of one raw event.
//
// The boundaries are found without a branch on the data, because their places
// are as good as random and a mispredicted branch costs more than ten bytes. A
// window of 255 bytes has at most 255 of them, so that a byte indexes them all
// and no bounds are checked.
func (b *tokenBuilder) add(raw []byte) {
	b.rows++
	var edges [256]int32
	before := uint8(0) // 1 inside of a token
	start := 0         // of the token that the window before left open
	for base := 0; base < len(raw); base += 255 {
		window := raw[base:min(base+255, len(raw))]
		open := before == 1
		n := uint8(0)
		for i, c := range window {
			in := isToken[c]
			edges[n] = int32(i)
			n += in ^ before
			before = in
		}
		k := uint8(0)
		if open {
			if n == 0 {
				continue // the token goes on through the whole window
			}
			b.collect(hashToken(raw, start, base+int(edges[0])))
			k = 1
		}
		for ; n-k >= 2; k += 2 {
			b.collect(hashToken(raw, base+int(edges[k]), base+int(edges[k+1])))
		}
		if k < n {
			start = base + int(edges[k])
		}
	}
	if before == 1 {
		b.collect(hashToken(raw, start, len(raw)))
	}
}

func (b *tokenBuilder) collect(h uint64) {
	slot := &b.seen[(h>>32)%seenSlots]
	if *slot != h {
		*slot = h
		b.hashes = append(b.hashes, h)
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
	*b.seen = [seenSlots]uint64{}
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
