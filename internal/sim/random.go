package sim

import "encoding/binary"

// mix is the finaliser of splitmix64: a bijection of uint64 that scatters
// neighbouring numbers. Everything that the simulator makes up is mix of a seed
// and a place, so that it can be made up again without being stored.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashText scatters text under a seed (FNV-1a, then mix).
func hashText(seed uint64, parts ...string) uint64 {
	h := seed ^ 0xcbf29ce484222325
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * 0x100000001b3
		}
		h = (h ^ 0xff) * 0x100000001b3
	}
	return mix(h)
}

// share turns a hash into a number in [0, 1).
func share(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// dice is a small generator of numbers with a value's lifetime: no allocation,
// no lock, the same sequence for the same seed on every machine and Go version.
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	return mix(d.state)
}

// below returns a number in [0, n); n must be positive.
func (d *dice) below(n int) int { return int(d.next()>>33) % n }

// chance is true in percent of 100 throws.
func (d *dice) chance(percent int) bool { return d.below(100) < percent }

const hexDigits = "0123456789abcdef"

// appendGUID writes the GUID of two words in lower case with hyphens.
func appendGUID(dst []byte, hi, lo uint64) []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	b[6] = b[6]&0x0f | 0x40 // version 4
	for i, x := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[x>>4], hexDigits[x&15])
	}
	return dst
}

// guidOf makes a GUID of a seed and a name.
func guidOf(seed uint64, name string) string {
	h := hashText(seed, name)
	return string(appendGUID(nil, h, mix(h)))
}
