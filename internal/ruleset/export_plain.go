package ruleset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
)

// maxKeys bounds the keys of a mapping, each of which the parser holds against
// all others. Nothing has near as many.
const maxKeys = 1000

// maxValue bounds the bytes of a value, and of the fields of an exception.
const maxValue = 64 << 10

// plainDocument reads the one document of a file, in which each thing stands
// where it is meant: references would make much of little.
func plainDocument(data []byte) (*yaml.Node, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return &doc, nil
	case err != nil:
		return nil, unreadable(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if dec.Decode(new(yaml.Node)) != io.EOF { //nolint:errorlint // it is never wrapped, and anything else is a second document
		return nil, unreadable("there is a second document in the file")
	}
	return &doc, unreferenced(&doc)
}

// Parts is at least how many keys and items a text of YAML has. It tells, before
// it is read, how much that would take.
func Parts(text string) int {
	n := 0
	for i := range len(text) {
		switch text[i] {
		case ',', '[', '{':
			n++
		case '-', '?', ':':
			// They mean something in front of blanks and breaks alone, some of
			// which are not ASCII.
			if i+1 == len(text) || text[i+1] <= ' ' || text[i+1] >= 0x80 {
				n++
			}
		}
	}
	return n
}

// unreferenced refuses references, and what they would be to.
func unreferenced(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return atLine(n.Line, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the file has references (& and *)", Hint: "write out what they stand for"})
	}
	if n.Kind == yaml.MappingNode {
		if err := distinct(n); err != nil {
			return err
		}
	}
	for _, kid := range n.Content {
		if err := unreferenced(kid); err != nil {
			return err
		}
	}
	return nil
}

// distinct refuses a mapping with a key that stands twice, and one with more keys
// than anybody writes. The parser would keep a complaint of each pair that is
// the same: of a small file more than memory holds.
func distinct(n *yaml.Node) error {
	if len(n.Content) > 2*maxKeys {
		return atLine(n.Line, invalid("something has more than %d keys", maxKeys))
	}
	type key struct {
		kind  yaml.Kind
		value string
	}
	seen := map[key]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		if seen[key{k.Kind, k.Value}] {
			return atLine(k.Line, invalid("a key stands twice in one place"))
		}
		seen[key{k.Kind, k.Value}] = true
	}
	return nil
}

// fits refuses what is longer than anything that people write.
func fits(what string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return invalid("a value of the file is no text, number, boolean or list of them")
	}
	if len(b) > maxValue {
		return &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("%s has more than %d bytes", what, maxValue), Hint: "change the rule itself"}
	}
	return nil
}
