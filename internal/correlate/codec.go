package correlate

import (
	"encoding/binary"
	"math"
)

// encoder writes numbers and texts, compact and always alike.
type encoder struct{ buf []byte }

func (e *encoder) uint(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }
func (e *encoder) int(n int64)   { e.buf = binary.AppendVarint(e.buf, n) }
func (e *encoder) float(f float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(f))
}
func (e *encoder) text(s string)     { e.uint(uint64(len(s))); e.buf = append(e.buf, s...) }
func (e *encoder) bytes(b []byte)    { e.uint(uint64(len(b))); e.buf = append(e.buf, b...) }
func (e *encoder) texts(ss []string) { encodeList(e, ss, e.text) }

func (e *encoder) flag(yes bool) {
	if yes {
		e.uint(1)
	} else {
		e.uint(0)
	}
}

func encodeList[T any](e *encoder, list []T, one func(T)) {
	e.uint(uint64(len(list)))
	for _, v := range list {
		one(v)
	}
}

// decoder reads what an encoder wrote. The first thing that is wrong stays in
// err, and all after it reads as nothing. It never allocates more than the
// bytes that are left could mean.
type decoder struct {
	buf []byte
	err error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = corrupt(format, args...)
	}
	d.buf = nil
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.buf)
	d.skip(size)
	return n
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.buf)
	d.skip(size)
	return n
}

// skip goes past a number of so many bytes; none or fewer means that it was none.
func (d *decoder) skip(size int) {
	if size <= 0 {
		d.fail("a number is cut off")
		return
	}
	d.buf = d.buf[size:]
}

func (d *decoder) float() float64 {
	if len(d.buf) < 8 {
		d.fail("a number is cut off")
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(d.buf))
	d.buf = d.buf[8:]
	return f
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.buf)) {
		d.fail("a text is cut off")
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) text() string { return string(d.bytes()) }

func (d *decoder) texts() []string { return decodeList(d, d.text) }

func (d *decoder) flag() bool {
	n := d.uint()
	if n > 1 {
		d.fail("yes and no are 1 and 0")
	}
	return n == 1
}

// decodeList reads a list; each element must take a byte at least.
func decodeList[T any](d *decoder, one func() T) []T {
	n := d.count()
	var list []T
	for range n {
		v := one()
		if d.err != nil {
			return nil
		}
		list = append(list, v)
	}
	return list
}

// count reads how many elements follow, each of a byte at least.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.buf)) {
		d.fail("a list is cut off")
		return 0
	}
	return int(n)
}
