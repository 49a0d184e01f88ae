package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/nightjar-sec/nightjar"
)

// lineReader reads lines of any length up to maxEventLine, and goes on behind
// those that are longer.
type lineReader struct {
	r   *bufio.Reader
	buf []byte
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{r: bufio.NewReaderSize(r, 1<<16)} }

// next returns the next line without its end, io.EOF behind the last, and a
// CodeLimit error for one that is too long. The line is valid until the
// following call.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.buf = append(l.buf[:0], line...)
		tooLong := false
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = l.r.ReadSlice('\n')
			if tooLong = tooLong || len(l.buf)+len(line) > maxEventLine; !tooLong {
				l.buf = append(l.buf, line...)
			}
		}
		if tooLong && (err == nil || errors.Is(err, io.EOF)) {
			return nil, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the line has more than %d MiB", maxEventLine>>20)}
		}
		line = l.buf
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return nil, err
	}
	return bytes.TrimSpace(line), nil
}
