package journal

import (
	"encoding/binary"
	"math/bits"
)

// A token is a maximal run of the ASCII letters and digits, compared without
// case: what has_token('…') of a query finds between two other bytes. Bytes
// outside ASCII are boundaries, for the filter and for has_token alike, so the
// two can never disagree about a letter.

// isToken is 1 for the bytes that tokens are made of.
var isToken = func() (t [256]uint8) {
	for b := range t {
		if b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' {
			t[b] = 1
		}
	}
	return t
}()

// Tokens returns the lower-cased tokens of s, in order.
func Tokens(s string) []string {
	var out []string
	start := -1
	for i := 0; i <= len(s); i++ {
		in := i < len(s) && isToken[s[i]] == 1
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			out = append(out, lower(s[start:i]))
			start = -1
		}
	}
	return out
}

// lower lower-cases a token: every byte of one has bit 5 set once lower-cased,
// digits have it always.
func lower(token string) string {
	b := []byte(token)
	for i := range b {
		b[i] |= 0x20
	}
	return string(b)
}

// The constants of the token hash. They are part of the file format.
const (
	tokenSeed  = 0x9e3779b97f4a7c15
	tokenMul   = 0xd6e8feb86659fd93
	tokenLower = 0x2020202020202020
)

func tokenMix(h, word uint64) uint64 {
	hi, lo := bits.Mul64(h^word, tokenMul)
	return hi ^ lo ^ h
}

// hashToken hashes buf[start:end], a token in any case. It is never 0, which
// marks an empty slot elsewhere.
//
// Each 8 bytes are taken as one little-endian word; the last word is padded
// with zero bytes and the length enters the seed, so "a" and "a\x00" differ.
func hashToken(buf []byte, start, end int) uint64 {
	h := tokenSeed ^ uint64(end-start)*tokenMul
	for ; end-start > 8; start += 8 {
		h = tokenMix(h, binary.LittleEndian.Uint64(buf[start:])|tokenLower)
	}
	n := uint(end - start)
	var word uint64
	if start+8 <= len(buf) {
		word = binary.LittleEndian.Uint64(buf[start:])
	} else {
		for i := start; i < end; i++ {
			word |= uint64(buf[i]) << (8 * uint(i-start))
		}
	}
	keep := ^uint64(0) >> (64 - 8*n)
	h = tokenMix(h, (word|tokenLower)&keep)
	if h == 0 {
		return 1
	}
	return h
}
