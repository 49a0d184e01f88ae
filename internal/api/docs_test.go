package api

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

var update = flag.Bool("update", false, "write docs/api.md anew")

// TestInterfacePageIsInStep keeps docs/api.md equal to openapi.yaml.
func TestInterfacePageIsInStep(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "api.md")
	want := readContract(t).page()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/api.md is not in step with internal/api/openapi.yaml: run make docs")
	}
}

const preface = `# The interface

<!-- generated from internal/api/openapi.yaml by make docs -->

%s
A query by token:

    curl -H "Authorization: Bearer $NIGHTJAR_TOKEN" -H "Content-Type: application/json" \
      -d '{"sql": "SELECT operation, count(*) AS n FROM management GROUP BY operation ORDER BY n DESC LIMIT 5"}' \
      http://127.0.0.1:8470/api/v1/query

The description for machines is [openapi.yaml](../internal/api/openapi.yaml) (OpenAPI 3.1).
`

func (c contract) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, preface, c.doc.Info.Description)
	for _, tag := range c.doc.Tags {
		fmt.Fprintf(&b, "\n## %s\n", tag.Description)
		type row struct {
			method, path string
			op           *openapi3.Operation
		}
		var rows []row
		c.operations(func(method, path string, op *openapi3.Operation) {
			if slices.Contains(op.Tags, tag.Name) {
				rows = append(rows, row{method, path, op})
			}
		})
		slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
		for _, r := range rows {
			c.operation(&b, r.method, r.path, r.op)
		}
	}
	b.WriteString("\n## Types\n\nA field that is set in **bold** is always there.\n")
	for _, name := range slices.Sorted(maps.Keys(c.doc.Components.Schemas)) {
		writeSchema(&b, name, c.doc.Components.Schemas[name].Value)
	}
	return b.String()
}

func (c contract) operation(b *strings.Builder, method, path string, op *openapi3.Operation) {
	fmt.Fprintf(b, "\n### %s %s\n\n%s.\n", method, path, op.Summary)
	if op.Description != "" {
		fmt.Fprintf(b, "%s\n", strings.TrimSpace(op.Description))
	}
	fmt.Fprintf(b, "\n%s\n", needs(op))
	params := slices.Clone(op.Parameters)
	if item := c.doc.Paths.Value(path); item != nil {
		params = append(slices.Clone(item.Parameters), params...)
	}
	if len(params) > 0 {
		b.WriteString("\n| parameter | type | meaning |\n|---|---|---|\n")
		for _, p := range params {
			name := "`" + p.Value.Name + "`"
			if p.Value.Required {
				name = "**" + name + "**"
			}
			fmt.Fprintf(b, "| %s (%s) | %s | %s |\n", name, p.Value.In, typeOf(p.Value.Schema), cell(p.Value.Description))
		}
	}
	if op.RequestBody != nil {
		fmt.Fprintf(b, "\nBody: %s\n", typeOf(op.RequestBody.Value.Content["application/json"].Schema))
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
		if status == "default" {
			continue
		}
		r := op.Responses.Value(status).Value
		var kinds []string
		for _, kind := range slices.Sorted(maps.Keys(r.Content)) {
			if kind == "application/json" {
				kinds = append(kinds, typeOf(r.Content[kind].Schema))
			} else {
				kinds = append(kinds, "`"+kind+"`")
			}
		}
		text := ""
		if len(kinds) > 0 {
			text = ": " + strings.Join(kinds, " or ")
		}
		fmt.Fprintf(b, "\nAnswer %s%s. %s.\n", status, text, *r.Description)
	}
}

// needs says in words what an operation asks of its caller.
func needs(op *openapi3.Operation) string {
	ext := func(name string) string {
		s, _ := op.Extensions[name].(string)
		return s
	}
	var out string
	switch p := ext("x-permission"); p {
	case "none":
		out = "Needs no session."
	case "any":
		out = "Needs a session or a token."
	default:
		out = "Needs `" + p + "`" + map[string]string{
			"none": ".", "all": " for all tenants.", "path": " for the tenant.", "query": " for the tenants named.", "body": " for the tenants named.",
		}[ext("x-tenant")]
	}
	if is, _ := op.Extensions["x-step-up"].(bool); is {
		out += " A person needs a fresh proof."
	}
	if is, _ := op.Extensions["x-four-eyes"].(bool); is {
		out += " With `four_eyes` it may need a second person."
	}
	return out
}

func writeSchema(b *strings.Builder, name string, s *openapi3.Schema) {
	fmt.Fprintf(b, "\n### %s\n", name)
	if s.Description != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(s.Description))
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprintf("`%v`", v))
		}
		fmt.Fprintf(b, "\nOne of %s.\n", strings.Join(values, ", "))
		return
	}
	if len(s.Properties) == 0 {
		fmt.Fprintf(b, "\n%s\n", typeOf(&openapi3.SchemaRef{Value: s}))
		return
	}
	for _, base := range s.AllOf {
		fmt.Fprintf(b, "\nThe fields of %s, and:\n", typeOf(base))
	}
	b.WriteString("\n| field | type | meaning |\n|---|---|---|\n")
	writeFields(b, "", s)
}

func writeFields(b *strings.Builder, prefix string, s *openapi3.Schema) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		shown := "`" + prefix + name + "`"
		if slices.Contains(s.Required, name) {
			shown = "**" + shown + "**"
		}
		text := p.Value.Description
		if p.Value.Default != nil {
			text = strings.TrimSpace(fmt.Sprintf("%s Default %v.", sentence(text), p.Value.Default))
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", shown, typeOf(p), cell(text))
		switch {
		case p.Ref != "":
		case len(p.Value.Properties) > 0:
			writeFields(b, prefix+name+".", p.Value)
		case p.Value.Items != nil && p.Value.Items.Ref == "" && len(p.Value.Items.Value.Properties) > 0:
			writeFields(b, prefix+name+"[].", p.Value.Items.Value)
		}
	}
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// typeOf names a type, with a link where it has a name of its own.
func typeOf(ref *openapi3.SchemaRef) string {
	if ref == nil || ref.Value == nil {
		return "anything"
	}
	if name, found := strings.CutPrefix(ref.Ref, "#/components/schemas/"); found {
		return "[" + name + "](#" + strings.ToLower(name) + ")"
	}
	s := ref.Value
	switch {
	case len(s.OneOf) > 0:
		var kinds []string
		for _, o := range s.OneOf {
			kinds = append(kinds, typeOf(o))
		}
		return strings.Join(kinds, " or ")
	case s.Type.Is("array"):
		return "list of " + typeOf(s.Items)
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprintf("`%v`", v))
		}
		return strings.Join(values, ", ")
	case s.Type == nil:
		return "anything"
	case s.Format == "date-time":
		return "time"
	case s.Type.Is("string"):
		return "text"
	default:
		return strings.Join(s.Type.Slice(), " or ")
	}
}

// cell makes a text fit a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}
