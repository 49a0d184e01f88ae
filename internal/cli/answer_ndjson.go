package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/nightjar-sec/nightjar/internal/query"
)

// ndjsonAnswer writes one object a line, its keys in the order of the query.
type ndjsonAnswer struct {
	w    io.Writer
	wrap func(io.Writer) io.Writer // makes lines fit for where they go
	out  *bufio.Writer
	keys [][]byte // each `"name":`, ready to be written
	line bytes.Buffer
}

func (n *ndjsonAnswer) Columns(columns []query.Column) error {
	n.out = bufio.NewWriter(n.w)
	for _, c := range columns {
		key, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		n.keys = append(n.keys, append(key, ':'))
	}
	return nil
}

func (n *ndjsonAnswer) Row(values []any) error {
	n.line.Reset()
	enc := json.NewEncoder(&n.line)
	enc.SetEscapeHTML(false)
	n.line.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			n.line.WriteByte(',')
		}
		n.line.Write(n.keys[i])
		if err := enc.Encode(plainJSON(v)); err != nil {
			return err
		}
		n.line.Truncate(n.line.Len() - 1) // the line feed that Encode adds
	}
	n.line.WriteString("}\n")
	_, err := n.wrap(n.out).Write(n.line.Bytes())
	return err
}

func (n *ndjsonAnswer) Close() error {
	if n.out == nil {
		return nil
	}
	return n.out.Flush()
}
