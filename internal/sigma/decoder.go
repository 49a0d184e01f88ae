package sigma

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar"
)

// Decode reads one JSON object.
func Decode(raw []byte) (*Event, error) { return NewDecoder().Decode(raw) }

// Decoder reads events one after the other, and remembers what the names of
// members mean: records have the same ones over and over. It is for one goroutine.
type Decoder struct {
	steps map[string][]string // by name

	data  []byte
	at    int
	spare []node // of the event at hand
}

// maxNames bounds what a decoder remembers, should names be made up.
const maxNames = 10_000

// NewDecoder returns a decoder.
func NewDecoder() *Decoder { return &Decoder{steps: map[string][]string{}} }

// Decode reads one JSON object. The event keeps nothing of raw.
func (d *Decoder) Decode(raw []byte) (*Event, error) {
	// What is valid can be read without looking out for anything else.
	if !json.Valid(raw) {
		return nil, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the event is not valid JSON"}
	}
	d.data, d.at = raw, 0
	defer func() { d.data, d.spare = nil, nil }()
	if d.space(); d.data[d.at] != '{' {
		return nil, NotAnObject()
	}
	return &Event{d.node(false)}, nil
}

// made returns a node of its own; they are made many at a time.
func (d *Decoder) made(n node) *node {
	if len(d.spare) == cap(d.spare) {
		d.spare = make([]node, 0, 64)
	}
	d.spare = append(d.spare, n)
	return &d.spare[len(d.spare)-1]
}

func (d *Decoder) space() {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\n', '\r', '\t':
			d.at++
		default:
			return
		}
	}
}

func (d *Decoder) node(inList bool) *node {
	d.space()
	switch d.data[d.at] {
	case '{':
		return d.object(inList)
	case '[':
		return d.array()
	case '"':
		return d.made(node{kind: textNode, text: d.text()})
	case 't':
		d.at += len("true")
		return d.made(node{kind: boolNode, text: "true"})
	case 'f':
		d.at += len("false")
		return d.made(node{kind: boolNode, text: "false"})
	case 'n':
		d.at += len("null")
		return d.made(node{kind: nullNode})
	}
	from := d.at
	for d.at < len(d.data) && bytes.IndexByte([]byte(",]} \n\r\t"), d.data[d.at]) < 0 {
		d.at++
	}
	return d.made(node{kind: numberNode, text: string(d.data[from:d.at])})
}

func (d *Decoder) object(inList bool) *node {
	n := d.made(node{kind: objectNode})
	for d.at++; ; d.at++ {
		if d.space(); d.data[d.at] == '}' {
			break // there are no members
		}
		n.names = append(n.names, d.text())
		d.space()
		d.at++ // the colon
		n.items = append(n.items, d.node(false))
		if d.space(); d.data[d.at] == '}' {
			break
		}
	}
	d.at++
	n.entries = n.reach(inList, d.split)
	return n
}

func (d *Decoder) array() *node {
	n := d.made(node{kind: arrayNode})
	for d.at++; ; d.at++ {
		if d.space(); d.data[d.at] == ']' {
			break // there are no elements
		}
		n.items = append(n.items, d.node(true))
		if d.space(); d.data[d.at] == ']' {
			break
		}
	}
	d.at++
	return n
}

// text reads a string. Those with escapes, or of bytes that are not UTF-8, are
// left to encoding/json.
func (d *Decoder) text() string {
	from, plain := d.at, true
	for d.at++; d.data[d.at] != '"'; d.at++ {
		if d.data[d.at] == '\\' {
			plain = false
			d.at++
		}
	}
	d.at++
	quoted := d.data[from:d.at]
	if inner := quoted[1 : len(quoted)-1]; plain && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // the document is valid, and so is a string of it
	return s
}

func (d *Decoder) split(name string) []string {
	if steps, ok := d.steps[name]; ok {
		return steps
	}
	steps := Steps(name)
	if len(d.steps) < maxNames {
		d.steps[name] = steps
	}
	return steps
}
