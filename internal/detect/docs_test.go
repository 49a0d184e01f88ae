package detect_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

const rulesDocument = "../../docs/rules.md"

// The example of the document is a rule whose tests pass, also for whoever
// copies it into an empty folder.
func TestTheExampleOfTheRulesDocumentWorks(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(rulesDocument)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "a whole file to begin with:\n\n```yaml\n")
	text, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the document has no example")
	}
	set, err := ruleset.Load([]ruleset.Folder{
		{Name: "my-rules", FS: fstest.MapFS{"downloads.yml": {Data: []byte(text)}}}, ruleset.Shapes(),
	}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Faults {
		t.Error(f)
	}
	meaning, err := set.Meaning()
	if err != nil {
		t.Fatal(err)
	}
	tested := 0
	for _, info := range set.Infos() {
		for _, f := range meaning.Doubts(info, nil) {
			t.Error(f)
		}
		results, err := detect.RunTests(set, info)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			tested++
			for _, failure := range r.Failures {
				t.Errorf("%s: %s", r.Test, failure)
			}
		}
	}
	if tested != 2 {
		t.Errorf("%d tests", tested)
	}
}

// The document names all shapes that ship.
func TestTheRulesDocumentNamesTheShapes(t *testing.T) {
	t.Parallel()
	const begin, end = "-update -->\n", "<!-- end of shapes -->"
	doc, err := os.ReadFile(rulesDocument)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(doc), begin)
	_, tail, ends := strings.Cut(rest, end)
	if !ok || !ends {
		t.Fatal("the document has no place for the shapes")
	}
	want := head + begin + shapeList(t) + end + tail
	if *update {
		if err := os.WriteFile(rulesDocument, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(doc) {
		t.Errorf("the shapes of %s are others: go test ./internal/detect -run RulesDocument -update", rulesDocument)
	}
}

// shapeList is a line for each file of shapes, with what each shape records.
func shapeList(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	err := fs.WalkDir(ruleset.Shapes().FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(ruleset.Shapes().FS, name)
		if err != nil {
			return err
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil {
			return err
		}
		var shapes []string
		for i := 0; i+1 < len(doc.Content[0].Content); i += 2 {
			var record struct {
				Operation string `yaml:"Operation"`
			}
			if err := doc.Content[0].Content[i+1].Decode(&record); err != nil {
				return err
			}
			shapes = append(shapes, fmt.Sprintf("`%s` (%s)", doc.Content[0].Content[i].Value, strings.TrimSuffix(record.Operation, ".")))
		}
		fmt.Fprintf(&out, "- %s\n", strings.Join(shapes, ", "))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
