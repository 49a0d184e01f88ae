package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// encode applies a modifier that makes bytes of a text.
func (it *item) encode(m string, d draft) ([]draft, error) {
	if d.fixed {
		return nil, invalid(d.node.Line, "%s of %s applies to texts alone", m, it.name())
	}
	data := d.plain
	if data == nil {
		for _, r := range d.runes {
			if r < 0 {
				return nil, invalid(d.node.Line, "%s of %s cannot encode wildcards", m, it.name())
			}
		}
		data = []byte(string(d.runes))
	}
	switch m {
	case "base64":
		d.plain = []byte(base64.StdEncoding.EncodeToString(data))
		return []draft{d}, nil
	case "base64offset":
		return offsets(d, data), nil
	}
	if !utf8.Valid(data) {
		return nil, invalid(d.node.Line, "%s of %s cannot encode what is encoded already", m, it.name())
	}
	var order binary.AppendByteOrder = binary.LittleEndian
	if m == "utf16be" {
		order = binary.BigEndian
	}
	var out []byte
	if m == "utf16" {
		out = []byte{0xff, 0xfe}
	}
	for _, unit := range utf16.Encode([]rune(string(data))) {
		out = order.AppendUint16(out, unit)
	}
	d.plain = out
	return []draft{d}, nil
}

// offsets encodes data as it looks at each of the three positions that it can
// have within a longer text, without the characters that its neighbours decide.
func offsets(d draft, data []byte) []draft {
	var out []draft
	for i, from := range [...]int{0, 2, 3} {
		padded := append(make([]byte, i, i+len(data)), data...)
		encoded := base64.StdEncoding.EncodeToString(padded)
		end := len(encoded) - [...]int{0, 3, 2}[len(padded)%3]
		variant := d
		variant.plain = []byte(encoded[min(from, end):end])
		if len(variant.plain) > 0 {
			out = append(out, variant)
		}
	}
	return out
}

// decode makes a text of encoded bytes again, to be looked for in events.
func (d *draft) decode(it *item) error {
	if !utf8.Valid(d.plain) {
		return invalid(d.node.Line, "%s looks for bytes that are no text, which no event can contain: add base64offset", it.name())
	}
	if len(d.plain) == 0 {
		return invalid(d.node.Line, "nothing is left of a value of %s once it is encoded", it.name())
	}
	d.runes, d.plain = []rune(string(d.plain)), nil
	return nil
}
