package normalise

import (
	"bytes"
	"fmt"
	"io"

	"github.com/nightjar-sec/nightjar"
)

const (
	// defaultMaxEventBytes is far above any record seen: of 2,671 real ones the
	// largest has 9 KB. Microsoft documents no limit.
	defaultMaxEventBytes = 16 << 20
	firstBuffer          = 64 << 10
	// maxEmptyReads is how often a reader may answer nothing before it counts
	// as stuck, as in bufio.
	maxEmptyReads = 100
)

// ArrayOptions are the limits of an ArrayDecoder.
type ArrayOptions struct {
	// MaxEventBytes is the largest element accepted, in bytes; 0 means 16 MiB.
	// It bounds the decoder's memory.
	MaxEventBytes int
}

// ArrayDecoder reads the elements of one JSON array from a stream, holding one
// of them in memory at a time. It validates every byte: an array that is cut
// short or malformed never ends in io.EOF. It is not safe for concurrent use.
type ArrayDecoder struct {
	r   io.Reader
	max int

	buf  []byte
	head int // the first byte of buf not yet consumed
	tail int // the end of what was read into buf

	index   int   // of the element that comes next
	offset  int64 // of buf[0] in the stream
	started bool
	readErr error // what the reader ended with, io.ErrUnexpectedEOF for io.EOF; its data may still be in buf
	eof     bool  // the reader ended with io.EOF
	err     error // what Next ended with
}

// NewArrayDecoder reads from r. It reads ahead, up to the end of the stream.
func NewArrayDecoder(r io.Reader, o ArrayOptions) *ArrayDecoder {
	limit := o.MaxEventBytes
	if limit <= 0 {
		limit = defaultMaxEventBytes
	}
	return &ArrayDecoder{r: r, max: limit, buf: make([]byte, firstBuffer)}
}

// Next returns the next element as it stands in the stream, without the space
// around it; it is valid until the following Next.
//
// It returns io.EOF after a complete array with nothing but space behind it,
// io.ErrUnexpectedEOF when the stream ends earlier, a CodeCorrupt error when
// it is not a JSON array, a CodeLimit error when an element is larger than
// MaxEventBytes, and the reader's own error as it is. After an error it
// returns that error again.
func (d *ArrayDecoder) Next() ([]byte, error) {
	if d.err != nil {
		return nil, d.err
	}
	raw, err := d.next()
	if err != nil {
		d.err = err
		d.buf = nil
		return nil, err
	}
	d.index++
	return raw, nil
}

func (d *ArrayDecoder) next() ([]byte, error) {
	if !d.started {
		if err := d.open(); err != nil {
			return nil, err
		}
		d.started = true
		c, err := d.peek()
		if err != nil {
			return nil, err
		}
		if c == ']' {
			return nil, d.close()
		}
		return d.element()
	}
	c, err := d.peek()
	if err != nil {
		return nil, err
	}
	switch c {
	case ',':
		d.head++
		if _, err := d.peek(); err != nil {
			return nil, err
		}
		return d.element()
	case ']':
		return nil, d.close()
	default:
		return nil, d.corrupt("a comma or the end of the array is missing")
	}
}

// open consumes the opening bracket, and a byte order mark before it.
func (d *ArrayDecoder) open() error {
	bom := []byte("\xef\xbb\xbf")
	for d.tail < len(bom) && bytes.HasPrefix(bom, d.buf[:d.tail]) {
		if err := d.fill(); err != nil {
			return err
		}
	}
	if bytes.HasPrefix(d.buf[:d.tail], bom) {
		d.head = len(bom)
	}
	c, err := d.peek()
	if err != nil {
		return err
	}
	if c != '[' {
		return d.corrupt("the content is not a JSON array")
	}
	d.head++
	return nil
}

// close consumes the closing bracket and the space behind it, up to the end of
// the stream.
func (d *ArrayDecoder) close() error {
	d.head++
	_, err := d.peek()
	switch {
	case err == nil:
		return d.corrupt("there is more behind the array")
	case d.eof:
		return io.EOF
	default:
		return err
	}
}

// peek consumes space and returns the byte behind it.
func (d *ArrayDecoder) peek() (byte, error) {
	for {
		d.head = skipSpace(d.buf[:d.tail], d.head)
		if d.head < d.tail {
			return d.buf[d.head], nil
		}
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
}

// element consumes one value.
func (d *ArrayDecoder) element() ([]byte, error) {
	// After a scan that ended short, the next one waits for twice the bytes,
	// so that a stream that trickles in is not scanned once a byte.
	for want := 1; ; {
		for d.tail-d.head < want {
			if err := d.fill(); err != nil {
				if d.tail-d.head < want/2+1 {
					return nil, err // nothing new since the last scan
				}
				break
			}
		}
		n := skipValue(d.buf[d.head:d.tail], 0, 1)
		size := n
		if n == short {
			size = d.tail - d.head
		}
		if size > d.max {
			return nil, &nightjar.Error{
				Code:    nightjar.CodeLimit,
				Message: fmt.Sprintf("event %d, at byte %d of the content, is larger than %d bytes (MaxEventBytes)", d.index, d.position(), d.max),
			}
		}
		switch n {
		case short:
			if d.readErr != nil {
				return nil, d.readErr
			}
			want = min(2*size, d.max+1)
		case bad:
			return nil, d.corrupt("the content is not valid JSON")
		case tooDeep:
			return nil, d.corrupt(fmt.Sprintf("the content nests deeper than %d levels", maxDepth))
		default:
			raw := d.buf[d.head : d.head+n : d.head+n]
			d.head += n
			return raw, nil
		}
	}
}

// fill reads once, making room as it must: it moves what is not consumed to
// the front, and only when that fills the buffer, makes the buffer larger.
func (d *ArrayDecoder) fill() error {
	if d.readErr != nil {
		return d.readErr
	}
	if d.head > 0 && d.tail == len(d.buf) || d.head == d.tail {
		d.offset += int64(d.head)
		d.tail = copy(d.buf, d.buf[d.head:d.tail])
		d.head = 0
	}
	if d.tail == len(d.buf) {
		grown := make([]byte, max(len(d.buf), min(2*len(d.buf), d.max+1)))
		copy(grown, d.buf)
		d.buf = grown
	}
	for range maxEmptyReads {
		n, err := d.r.Read(d.buf[d.tail:])
		d.tail += n
		if err == io.EOF {
			d.eof = true
			err = io.ErrUnexpectedEOF // unless close finds that the array is complete
		}
		d.readErr = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	d.readErr = io.ErrNoProgress
	return d.readErr
}

// position is the offset in the stream of the first byte not consumed.
func (d *ArrayDecoder) position() int64 { return d.offset + int64(d.head) }

func (d *ArrayDecoder) corrupt(what string) error {
	return &nightjar.Error{
		Code:    nightjar.CodeCorrupt,
		Message: fmt.Sprintf("%s (event %d, at byte %d of the content)", what, d.index, d.position()),
	}
}
