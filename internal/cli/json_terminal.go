package cli

import (
	"bytes"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonTo returns where JSON for standard output is to be written on its way to
// w: to a terminal, what a terminal might act upon is written as an escape,
// which means the same to every reader of JSON. encoding/json escapes the
// control characters below a space, and not those from U+007F to U+009F.
// A file or pipe gets the bytes as they are.
func (p Process) jsonTo(w io.Writer) io.Writer {
	if p.OutTerminal {
		return terminalJSON{w}
	}
	return w
}

// terminalJSON is given whole documents: no character is split between writes.
type terminalJSON struct{ w io.Writer }

func (t terminalJSON) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for rest := p; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		// Below U+007F JSON has escaped what is inside of strings, and what
		// is outside of them are spaces and line feeds.
		case r < 0x7f || unicode.IsPrint(r) && (r != utf8.RuneError || size > 1):
			b.Write(rest[:size])
		case size == 1: // not UTF-8, or U+007F
			fmt.Fprintf(&b, `\u%04x`, max(r, 0x7f))
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
		rest = rest[size:]
	}
	if _, err := t.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
