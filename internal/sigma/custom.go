package sigma

import "go.yaml.in/yaml/v3"

// What stands here is for packages that read attributes of rules which the
// specification leaves to others, with the same faults, lines and strictness.

// Entry is one entry of a mapping, with the line that it stands in.
type Entry struct {
	Key   string
	Line  int
	Value *yaml.Node // never an alias
}

// Documents splits a file into its YAML documents. What is wrong with the file
// is an error for Collection.Reject, beside the documents before it.
func Documents(data []byte) ([]*yaml.Node, error) { return documents(data) }

// ParseDocuments reads rules as Parse does, from documents that the caller may
// have changed. Lines are those that the nodes carry.
func ParseDocuments(file string, docs []*yaml.Node, placeholders map[string][]string) *Collection {
	c := &Collection{}
	for _, doc := range docs {
		c.add(file, doc, placeholders)
	}
	return c
}

// Entries lists the entries of a mapping in order; a key that stands twice is
// an error.
func Entries(n *yaml.Node) ([]Entry, error) {
	list, err := members(n)
	out := make([]Entry, 0, len(list))
	for _, m := range list {
		out = append(out, m.entry())
	}
	return out, err
}

func (m member) entry() Entry { return Entry{m.key, m.line, m.value} }

// Text reads a scalar as text; "" for null.
func (e Entry) Text() (string, error) { return text(member{e.Key, e.Line, e.Value}) }

// Texts reads a text or a list of texts.
func (e Entry) Texts() ([]string, error) { return texts(member{e.Key, e.Line, e.Value}) }

// Invalid says that what stands at a line of a file breaks a rule.
func Invalid(line int, format string, args ...any) error { return invalid(line, format, args...) }

// Reject records why the rule that meta describes is not loaded; a line that
// err carries counts more than that of meta.
func (c *Collection) Reject(meta Meta, err error) { c.fault(meta, err) }

// ReadMeta reads the attributes that all documents have in common; the others are in Custom.
func ReadMeta(file string, doc *yaml.Node) (Meta, error) {
	list, err := members(doc)
	if err != nil {
		return Meta{File: file, Line: doc.Line}, err
	}
	meta, _, err := readMeta(list, file, doc.Line)
	return meta, err
}
