package ruleset

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// blockName is the attribute of a rule that is ours; other tools pass over it.
const blockName = "nightjar"

func blockKeys() []string {
	return []string{"entities", "group", "reason", "response", "parameters", "tests"}
}

// readBlock reads the attribute nightjar of a rule.
func readBlock(n *yaml.Node, kind Kind, shapes map[string]shape) (Block, error) {
	var b Block
	list, err := sigma.Entries(n)
	if err != nil {
		return b, err
	}
	for _, e := range list {
		switch e.Key {
		case "entities":
			b.Entities, err = readEntities(e)
		case "group":
			b.Group, err = readGroup(e)
		case "reason":
			if b.Reason, err = e.Text(); err == nil {
				err = checkTemplate(e.Line, b.Reason)
			}
		case "response":
			b.Response, err = e.Texts()
		case "parameters":
			b.Parameters, err = readParameters(e)
		case "tests":
			b.Tests, err = readTests(e, kind, shapes)
		default:
			err = unknown(e, "nightjar", blockKeys())
		}
		if err != nil {
			return b, err
		}
	}
	for _, kind := range b.Group {
		if !slices.ContainsFunc(b.Entities, func(e Entity) bool { return e.Kind == kind }) {
			return b, sigma.Invalid(n.Line, "group names %s, which stands not among the entities", kind)
		}
	}
	return b, nil
}

func kindNames() []string {
	var names []string
	for _, k := range nightjar.EntityKinds() {
		names = append(names, string(k))
	}
	return names
}

func readEntities(m sigma.Entry) ([]Entity, error) {
	list, err := sigma.Entries(m.Value)
	if err != nil {
		return nil, err
	}
	var out []Entity
	for _, e := range list {
		if !slices.Contains(kindNames(), e.Key) {
			return nil, sigma.Invalid(e.Line, "%q is no kind of entity%s", e.Key, meant(e.Key, kindNames()))
		}
		fields, err := e.Texts()
		if err != nil {
			return nil, err
		}
		if len(fields) == 0 {
			return nil, sigma.Invalid(e.Line, "entity %s names no field", e.Key)
		}
		out = append(out, Entity{nightjar.EntityKind(e.Key), fields})
	}
	return out, nil
}

func readGroup(m sigma.Entry) ([]nightjar.EntityKind, error) {
	list, err := m.Texts()
	var out []nightjar.EntityKind
	for _, k := range list {
		if !slices.Contains(kindNames(), k) {
			return nil, sigma.Invalid(m.Line, "%q is no kind of entity%s", k, meant(k, kindNames()))
		}
		out = append(out, nightjar.EntityKind(k))
	}
	return out, err
}

// checkTemplate rejects a sentence whose braces do not pair.
func checkTemplate(line int, s string) error {
	for rest := s; ; {
		at := strings.IndexAny(rest, "{}")
		if at < 0 {
			return nil
		}
		end := strings.IndexAny(rest[at+1:], "{}")
		if rest[at] == '}' || end < 0 || rest[at+1+end] != '}' {
			return sigma.Invalid(line, "the braces of %q do not pair", s)
		}
		if strings.TrimSpace(rest[at+1:at+1+end]) == "" {
			return sigma.Invalid(line, "%q has braces without a field", s)
		}
		rest = rest[at+end+2:]
	}
}
