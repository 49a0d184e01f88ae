package sigma

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
)

// documents splits a file into its YAML documents, with those of
// "action: global" merged into the ones that follow, as Sigma 1 had it.
func documents(data []byte) (docs []*yaml.Node, err error) {
	// The decoder reports most of what it cannot read as errors, and some as panics.
	defer func() {
		if r := recover(); r != nil {
			err = invalid(0, "not YAML: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var global, previous *yaml.Node
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return docs, yamlError(err)
		}
		if len(n.Content) == 0 {
			continue
		}
		if err := checkAliases(&n); err != nil {
			return docs, err
		}
		root := resolve(n.Content[0])
		if root.Kind != yaml.MappingNode {
			if root.Tag == "!!null" {
				continue
			}
			return docs, invalid(root.Line, "a rule is a mapping of keys to values")
		}
		switch action(root) {
		case "global":
			global = root
			continue
		case "reset":
			global = nil
			continue
		case "repeat":
			if previous == nil {
				return docs, invalid(root.Line, "action: repeat has no rule before it")
			}
			root = merged(previous, root)
		default:
			root = merged(global, root)
		}
		previous = root
		docs = append(docs, root)
	}
}

func action(n *yaml.Node) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "action" {
			return n.Content[i+1].Value
		}
	}
	return ""
}

// merged lays over on top of base: mappings are merged, all else is replaced.
func merged(base, over *yaml.Node) *yaml.Node {
	if base == nil || base.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode {
		return over
	}
	out := *over
	out.Content = nil
	for i := 0; i+1 < len(base.Content); i += 2 {
		if base.Content[i].Value == "action" {
			continue
		}
		value := base.Content[i+1]
		if at := valueIndex(over, base.Content[i].Value); at >= 0 {
			value = merged(value, over.Content[at])
		}
		out.Content = append(out.Content, base.Content[i], value)
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		if valueIndex(base, over.Content[i].Value) < 0 || over.Content[i].Value == "action" {
			out.Content = append(out.Content, over.Content[i], over.Content[i+1])
		}
	}
	return &out
}

func valueIndex(n *yaml.Node, key string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return i + 1
		}
	}
	return -1
}

// yamlError takes the line out of the decoder's message.
func yamlError(err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if _, scanErr := fmt.Sscanf(message, "line %d:", &line); scanErr == nil {
		_, message, _ = strings.Cut(message, ": ")
	}
	return invalid(line, "not YAML: %s", message)
}

// Parse reads the rules of one file. Placeholders are the values of %names%
// that rules with the modifier expand may use. Rules that cannot be read are
// named in the faults of the collection.
func Parse(file string, data []byte, placeholders map[string][]string) *Collection {
	c := &Collection{}
	docs, err := documents(data)
	for _, doc := range docs {
		c.add(file, doc, placeholders)
	}
	if err != nil {
		c.fault(Meta{File: file}, err)
	}
	return c
}

func (c *Collection) add(file string, doc *yaml.Node, lookup map[string][]string) {
	list, err := members(doc)
	meta := Meta{File: file, Line: doc.Line}
	if err != nil {
		c.fault(meta, err)
		return
	}
	meta, rest, err := readMeta(list, file, doc.Line)
	if err != nil {
		c.fault(meta, err)
		return
	}
	kinds := slices.DeleteFunc([]string{"detection", "correlation", "filter"}, func(k string) bool { _, ok := rest[k]; return !ok })
	switch {
	case len(kinds) != 1:
		err = invalid(doc.Line, "a rule has one of detection, correlation and filter; this has %d of them", len(kinds))
	case kinds[0] == "detection":
		var r *Rule
		if r, err = readRule(meta, rest, lookup); err == nil {
			c.Rules = append(c.Rules, r)
		}
	case kinds[0] == "correlation":
		var r *Correlation
		if r, err = readCorrelation(meta, rest); err == nil {
			c.Correlations = append(c.Correlations, r)
		}
	default:
		var f *Filter
		if f, err = readFilter(meta, rest, lookup); err == nil {
			c.Filters = append(c.Filters, f)
		}
	}
	if err != nil {
		c.fault(meta, err)
	}
}

// fault records what is wrong with the rule that meta describes.
func (c *Collection) fault(meta Meta, err error) {
	f := &Fault{File: meta.File, Line: meta.Line, Rule: meta.Label()}
	if at, ok := errors.AsType[*lineError](err); ok {
		f.Err = at.err
		if at.line > 0 {
			f.Line = at.line
		}
	} else if own, ok := errors.AsType[*nightjar.Error](err); ok {
		f.Err = own
	} else {
		f.Err = &nightjar.Error{Code: nightjar.CodeInvalid, Message: err.Error()}
	}
	c.Faults = append(c.Faults, f)
}
