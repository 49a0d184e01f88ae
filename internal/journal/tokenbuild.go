package journal

import (
	"encoding/binary"
	"math/bits"
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
// 64 bytes at a time become a word with a bit for each byte of a token; the
// edges of tokens are where neighbouring bits differ. There is no branch on
// single bytes, because a mispredicted one costs more than ten bytes.
func (b *tokenBuilder) add(raw []byte) {
	b.rows++
	before := uint64(0) // 1 inside of a token
	start := 0          // of the token that is open
	for base := 0; base < len(raw); base += 64 {
		var in uint64
		if window := raw[base:]; len(window) >= 64 {
			in = tokenBytes64((*[64]byte)(window))
		} else {
			var padded [64]byte
			copy(padded[:], window)
			in = tokenBytes64(&padded)
		}
		edges := in ^ (in<<1 | before)
		open := before == 1
		before = in >> 63
		if edges == 0 {
			continue
		}
		if !open {
			start = base + bits.TrailingZeros64(edges)
			edges &= edges - 1
		}
		for edges != 0 {
			b.collect(hashToken(raw, start, base+bits.TrailingZeros64(edges)))
			edges &= edges - 1
			if edges == 0 {
				break
			}
			start = base + bits.TrailingZeros64(edges)
			edges &= edges - 1
		}
	}
	if before == 1 {
		b.collect(hashToken(raw, start, len(raw)))
	}
}

// tokenBytes64 sets a bit for each byte that is an ASCII letter or digit.
func tokenBytes64(window *[64]byte) uint64 {
	var in uint64
	for i := 0; i < 64; i += 8 {
		in |= tokenBytes8(binary.LittleEndian.Uint64(window[i:i+8])) << i
	}
	return in
}

// tokenBytes8 does it for 8 bytes: in each, the highest bit tells of a sum
// whether a bound is reached, and cannot carry into the next.
func tokenBytes8(word uint64) uint64 {
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	low := word &^ high
	letter := low | 0x20*each
	letters := (letter + (0x80-'a')*each) &^ (letter + (0x7f-'z')*each)
	digits := (low + (0x80-'0')*each) &^ (low + (0x7f-'9')*each)
	in := (letters | digits) &^ word & high
	return in >> 7 * 0x0102040810204080 >> 56
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
