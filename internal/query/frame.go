package query

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// frameKind says what a frame between the engine and a worker holds.
type frameKind byte

const (
	frameSetup   frameKind = 'S' // engine: confine yourself (setup)
	frameParse   frameKind = 'P' // engine: SQL text
	frameRun     frameKind = 'R' // engine: a checked query (job)
	frameReady   frameKind = 'r' // worker: confined (Capabilities)
	frameTree    frameKind = 'a' // worker: the syntax tree as JSON
	frameColumns frameKind = 'c' // worker: []Column
	frameBatch   frameKind = 'b' // worker: rows, see value.go
	frameDone    frameKind = 'd' // worker: no more rows
	frameError   frameKind = 'e' // worker: workerError
)

// maxFrame bounds what one side reads at once. A batch holds at least one
// row, so a single value beyond this ends the query.
const maxFrame = 256 << 20

// errFrameTooLarge is a row that does not fit a frame.
var errFrameTooLarge = errors.New("a single row is larger than 256 MB")

func writeFrame(w *bufio.Writer, kind frameKind, body []byte) error {
	if len(body) > maxFrame {
		return errFrameTooLarge
	}
	var head [5]byte
	head[0] = byte(kind)
	binary.LittleEndian.PutUint32(head[1:], uint32(len(body)))
	if _, err := w.Write(head[:]); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return w.Flush()
}

func writeJSON(w *bufio.Writer, kind frameKind, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode frame %q: %w", kind, err)
	}
	return writeFrame(w, kind, body)
}

// readFrame returns io.EOF only between frames. It grows the body as bytes
// arrive, so a false length costs no memory.
func readFrame(r *bufio.Reader) (frameKind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err //nolint:wrapcheck // io.EOF is compared by callers
	}
	n := binary.LittleEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, errFrameTooLarge
	}
	if n <= 1<<20 {
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return 0, nil, fmt.Errorf("read frame: %w", io.ErrUnexpectedEOF)
		}
		return frameKind(head[0]), body, nil
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(body) != int(n) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read frame: %w", err)
	}
	return frameKind(head[0]), body, nil
}
