package config

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// fileReader walks one YAML document beside the option table. It collects
// everything that is wrong, each with its line, rather than stopping at the first.
type fileReader struct {
	name string
	dir  string
	errs []error
}

func (r *fileReader) fail(n *yaml.Node, hint, format string, args ...any) {
	message := fmt.Sprintf("%s:%d: %s", r.name, n.Line, fmt.Sprintf(format, args...))
	r.errs = append(r.errs, invalid(message, hint))
}

// readFile sets every option that the document names.
func (c *Config) readFile(name string, data []byte) []error {
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return []error{invalid(name+": "+strings.TrimPrefix(err.Error(), "yaml: "), "the file is YAML; indent with spaces")}
	}
	r := &fileReader{name: name, dir: filepath.Dir(name)}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return []error{invalid(name+": holds more than one YAML document", "remove the --- between them")}
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		r.fail(root, "", "the file is not a list of key: value lines")
		return r.errs
	}
	r.section(c, "", root)
	return r.errs
}

// section reads the mapping under prefix ("" or "query.").
func (r *fileReader) section(c *Config, prefix string, m *yaml.Node) {
	for key, value := range r.pairs(m) {
		full := prefix + key.Value
		switch o, isOption := Find(full); {
		case full == "clouds":
			c.Clouds = r.clouds(value)
		case full == "tenants":
			c.Tenants = r.tenants(value)
		case full == "sso":
			c.SSO = r.providers(value)
		case full == "retention.tables":
			r.retentionTables(c, value)
		case isOption:
			r.option(c, o, value)
		case prefix == "" && isSection(full):
			if value.Kind != yaml.MappingNode {
				r.fail(value, "write its keys indented below it", "%s is a section, not a value", full)
				continue
			}
			r.section(c, full+".", value)
		default:
			r.unknown(key, prefix, keysUnder(prefix))
		}
	}
}

func (r *fileReader) option(c *Config, o Option, value *yaml.Node) {
	if o.many && value.Kind == yaml.SequenceNode {
		var parts []string
		for _, n := range value.Content {
			if n.Kind != yaml.ScalarNode || strings.Contains(n.Value, ",") {
				r.fail(n, "", "%s is a list of texts without commas", o.Key)
			}
			parts = append(parts, n.Value)
		}
		r.set(c, o, value, r.paths(parts))
		return
	}
	if value.Kind != yaml.ScalarNode {
		r.fail(value, "", "%s takes one value", o.Key)
		return
	}
	raw := value.Value
	if value.Tag == "!!null" {
		raw = ""
	}
	if o.many {
		r.set(c, o, value, r.paths(strings.Split(raw, ",")))
		return
	}
	if o.Path {
		raw = r.path(raw)
	}
	if raw == "" && o.Default != "" && o.Key != "listen" {
		r.fail(value, "leave the line out to take the default, "+o.Default, "%s is empty", o.Key)
		return
	}
	r.set(c, o, value, raw)
}

// paths resolves each path and joins them as a flag would have them.
func (r *fileReader) paths(parts []string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, r.path(p))
		}
	}
	return strings.Join(out, ",")
}

func (r *fileReader) set(c *Config, o Option, value *yaml.Node, raw string) {
	if err := o.set(c, raw); err != nil {
		if o.Secret {
			err = errors.New("the value cannot be read")
		}
		r.fail(value, "", "%s: %v", o.Key, err)
		return
	}
	c.origins[o.Key] = Origin{FromFile, fmt.Sprintf("%s:%d", r.name, value.Line)}
}

// pairs yields the keys and values of a mapping, refusing a key given twice
// and resolving aliases.
func (r *fileReader) pairs(m *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]int{}
		for i := 0; i+1 < len(m.Content); i += 2 {
			key, value := m.Content[i], m.Content[i+1]
			if value.Kind == yaml.AliasNode {
				value = value.Alias
			}
			if line, twice := seen[key.Value]; twice {
				r.fail(key, "keep one of the two", "%s stands a second time; the first is on line %d", key.Value, line)
				continue
			}
			seen[key.Value] = key.Line
			if !yield(key, value) {
				return
			}
		}
	}
}

// path resolves a relative path against the folder of the file.
func (r *fileReader) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(r.dir, p)
}

func (r *fileReader) unknown(key *yaml.Node, prefix string, known []string) {
	hint := "the keys are " + strings.Join(known, ", ")
	if near := spelling.Nearest(key.Value, known); near != "" {
		hint = "did you mean " + quote(prefix+near) + "?"
	}
	r.fail(key, hint, "unknown key %q", prefix+key.Value)
}

func (r *fileReader) retentionTables(c *Config, value *yaml.Node) {
	if value.Kind != yaml.MappingNode {
		r.fail(value, "e.g. retention: {tables: {exchange: 730d}}", "retention.tables is not a map from table to duration")
		return
	}
	var names []string
	for _, t := range append(nightjar.WorkloadTables(), nightjar.TableCollectorsOut, nightjar.TableAudit, nightjar.TableFindings, nightjar.TableAlerts) {
		names = append(names, string(t))
	}
	for key, v := range r.pairs(value) {
		if !slices.Contains(names, key.Value) {
			r.unknown(key, "retention.tables.", names)
			continue
		}
		d, err := ParseDuration(v.Value)
		if err != nil {
			r.fail(v, "", "retention.tables.%s: %v", key.Value, err)
			continue
		}
		if c.Retention.Tables == nil {
			c.Retention.Tables = map[nightjar.Table]time.Duration{}
		}
		c.Retention.Tables[nightjar.Table(key.Value)] = d
	}
}

func isSection(name string) bool {
	for _, o := range Options() {
		if strings.HasPrefix(o.Key, name+".") {
			return true
		}
	}
	return false
}

// keysUnder lists the keys that may stand under prefix, for hints.
func keysUnder(prefix string) []string {
	set := map[string]bool{}
	for _, o := range Options() {
		if rest, ok := strings.CutPrefix(o.Key, prefix); ok {
			head, _, _ := strings.Cut(rest, ".")
			set[head] = true
		}
	}
	switch prefix {
	case "":
		set["clouds"], set["tenants"], set["sso"] = true, true, true
	case "retention.":
		set["tables"] = true
	}
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
