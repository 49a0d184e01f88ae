package journal

import "math/bits"

// bloomBlock is the size of a block of a blocked Bloom filter: all bits of a
// value are in one, so a question costs one cache line or one small pread.
const bloomBlock = 64

// blockOf returns the block of a hash among the given number of blocks.
func blockOf(h uint64, blocks uint32) int {
	return int((h >> 32) * uint64(blocks) >> 32)
}

// bitsOf derives the positions in a block from a hash, 9 bits each, up to 7.
func bitsOf(h uint64) uint64 {
	hi, lo := bits.Mul64(h, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

func setBits(block []byte, h uint64, k int) {
	_ = block[bloomBlock-1]
	g := bitsOf(h)
	for range k {
		p := g & 511
		block[p>>3] |= 1 << (p & 7)
		g >>= 9
	}
}

func hasBits(block []byte, h uint64, k int) bool {
	_ = block[bloomBlock-1]
	g := bitsOf(h)
	for range k {
		p := g & 511
		if block[p>>3]&(1<<(p&7)) == 0 {
			return false
		}
		g >>= 9
	}
	return true
}
