package ruleset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
)

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

// ReadChanges reads what YAML wrote, or a person did.
func ReadChanges(data []byte) (Changes, error) {
	var d document
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&d); err != nil && !errors.Is(err, io.EOF) {
		return Changes{}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the changes cannot be read", Hint: "nightjar rule export shows the form", Err: err}
	}
	var out Changes
	for _, c := range d.Changes {
		if c.Value == nil {
			return out, invalid("a change of %s%s has no value", c.Rule, c.Pack)
		}
		if c.Tenant != "" {
			id, err := nightjar.ParseTenantID(string(c.Tenant))
			if err != nil {
				return out, err
			}
			c.Tenant = id
		}
		out.Changes = append(out.Changes, Change{c.What, c.Rule, c.Pack, c.Name, c.Tenant, canonical(c.Value), c.Title, c.Reason, c.By, c.Time.UTC()})
	}
	for _, e := range d.Exceptions {
		for i, t := range e.Tenants {
			id, err := nightjar.ParseTenantID(string(t))
			if err != nil {
				return out, err
			}
			e.Tenants[i] = id
		}
		if e.Reason == "" || len(e.Where) == 0 || e.Rule == "" {
			return out, invalid("an exception needs rule, where and reason")
		}
		for field, value := range e.Where {
			e.Where[field] = canonical(value)
		}
		out.Exceptions = append(out.Exceptions, Exception(e))
	}
	return out, nil
}
