package ruleset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
)

// MaxChanges is the largest file of changes that is read, in bytes: those of a
// large installation are some thousands, with lists of people.
const MaxChanges = 16 << 20

// document is how changes are written for git: in the order of the catalog.
type document struct {
	Changes    []changeDocument    `yaml:"changes"`
	Exceptions []exceptionDocument `yaml:"exceptions"`
}

type changeDocument struct {
	What   What              `yaml:"what"`
	Rule   string            `yaml:"rule,omitempty"`
	Pack   string            `yaml:"pack,omitempty"`
	Title  string            `yaml:"title,omitempty"` // for readers; import passes over it
	Name   string            `yaml:"name,omitempty"`
	Tenant nightjar.TenantID `yaml:"tenant,omitempty"`
	Value  any               `yaml:"value"`
	Reason string            `yaml:"reason,omitempty"`
	By     string            `yaml:"by,omitempty"`
	Time   time.Time         `yaml:"time,omitempty"`
}

type exceptionDocument struct {
	ID      string              `yaml:"id"`
	Rule    string              `yaml:"rule"`
	Title   string              `yaml:"title,omitempty"`
	Where   map[string]any      `yaml:"where"`
	Tenants []nightjar.TenantID `yaml:"tenants,omitempty"`
	Owner   string              `yaml:"owner"`
	Reason  string              `yaml:"reason"`
	Created time.Time           `yaml:"created,omitempty"`
	Until   time.Time           `yaml:"until,omitempty"`

	line int
}

// YAML writes changes and exceptions as ReadChanges reads them.
func (c Changes) YAML() ([]byte, error) {
	d := document{Changes: []changeDocument{}, Exceptions: []exceptionDocument{}}
	for _, one := range c.Changes {
		d.Changes = append(d.Changes, changeDocument{one.What, one.Rule, one.Pack, one.Title, one.Name, one.Tenant, one.Value, one.Reason, one.By, one.Time})
	}
	for _, e := range c.Exceptions {
		d.Exceptions = append(d.Exceptions, exceptionDocument(e))
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(d), enc.Close()); err != nil {
		return nil, fmt.Errorf("write rule changes: %w", err)
	}
	return b.Bytes(), nil
}

func unreadable(why string) error {
	why = strings.NewReplacer("type ", "", "ruleset.changeDocument", "a change", "ruleset.exceptionDocument", "an exception", "ruleset.document", "the file").Replace(why)
	if why = strings.Join(strings.Fields(why), " "); len(why) > 300 {
		why = strings.ToValidUTF8(why[:300], "") + "…"
	}
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the changes cannot be read: " + why, Hint: "nightjar rule export shows the form"}
}

// ReadChanges reads what YAML wrote, or a person did.
func ReadChanges(data []byte) (Changes, error) {
	doc, err := plainDocument(data)
	if err != nil {
		return Changes{}, err
	}
	var d document
	dec := yaml.NewDecoder(bytes.NewReader(data)) // a node has no KnownFields
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		// What is wrong with the caller's own text is his to read.
		return Changes{}, unreadable(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if d.Changes == nil && d.Exceptions == nil {
		return Changes{}, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "the file has neither changes nor exceptions", Hint: "changes: [] and exceptions: [] take everything back",
		}
	}
	var out Changes
	lines := changeLines(doc)
	for i, c := range d.Changes {
		line := lines("changes", i)
		if c.Value == nil {
			return out, atLine(line, invalid("the change of %s%s has no value", c.Rule, c.Pack))
		}
		if err := fits("a value", c.Value); err != nil {
			return out, atLine(line, err)
		}
		if c.Tenant != "" {
			id, err := nightjar.ParseTenantID(string(c.Tenant))
			if err != nil {
				return out, atLine(line, err)
			}
			c.Tenant = id
		}
		out.Changes = append(out.Changes, Change{c.What, c.Rule, c.Pack, c.Name, c.Tenant, canonical(c.Value), c.Title, c.Reason, c.By, c.Time.UTC(), line})
	}
	for n, e := range d.Exceptions {
		e.line = lines("exceptions", n)
		for i, t := range e.Tenants {
			id, err := nightjar.ParseTenantID(string(t))
			if err != nil {
				return out, atLine(e.line, err)
			}
			e.Tenants[i] = id
		}
		if e.Reason == "" || len(e.Where) == 0 || e.Rule == "" {
			return out, atLine(e.line, invalid("an exception needs rule, where and reason"))
		}
		if err := fits("what an exception takes away", e.Where); err != nil {
			return out, atLine(e.line, err)
		}
		for field, value := range e.Where {
			e.Where[field] = canonical(value)
		}
		out.Exceptions = append(out.Exceptions, Exception(e))
	}
	return out, nil
}

// changeLines says where the entries of a file of changes stand, by their list
// and place in it; 0 where that is not known.
func changeLines(doc *yaml.Node) func(list string, i int) int {
	nodes := map[string][]*yaml.Node{}
	if len(doc.Content) > 0 {
		top := doc.Content[0].Content
		for i := 0; i+1 < len(top); i += 2 {
			nodes[top[i].Value] = top[i+1].Content
		}
	}
	return func(list string, i int) int {
		if i >= len(nodes[list]) {
			return 0
		}
		return nodes[list][i].Line
	}
}

// atLine says in an error's sentence where in the file its cause stands.
func atLine(line int, err error) error {
	e, ok := errors.AsType[*nightjar.Error](err)
	if !ok || line == 0 {
		return err
	}
	said := *e
	said.Message = fmt.Sprintf("line %d: %s", line, e.Message)
	return &said
}
