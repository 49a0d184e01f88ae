package ruleset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// write makes files below a folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// named loads the rules of a path, in which nothing is wrong.
func named(t *testing.T, path string) *ruleset.Set {
	t.Helper()
	folders, err := ruleset.Paths([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	set, err := ruleset.Load(folders, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Faults {
		t.Error(f)
	}
	return set
}

func TestOfAFileThatIsNamedNothingElseIsRead(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"r.yml": spray, "broken.yml": "title: [", "other/s.yml": "title: [",
		"shapes/s.yml": shapes, "old/shapes/s.yml": strings.Replace(shapes, "somebody", "another", 1), "copy/shapes/s.yml": "[",
	})
	set := named(t, filepath.Join(dir, "r.yml"))
	if set.Info("spray") == nil {
		t.Error("its rule is not loaded")
	}
}

func TestAShapeThatStandsTwiceIsTheSameOrAFault(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{"p/r.yml": spray, "shapes/a.yml": shapes, "shapes/b.yml": shapes})
	for _, f := range set.Faults {
		t.Error(f)
	}
	set = load(t, map[string]string{"p/r.yml": spray, "shapes/a.yml": shapes, "shapes/b.yml": strings.Replace(shapes, "somebody", "another", 1)})
	if len(set.Faults) != 1 || set.Faults[0].String() != `ours/shapes/b.yml:1: another shape is called "failed" too, and is not the same` {
		t.Errorf("faults %v", set.Faults)
	}
}

func TestACorrelationFindsItsRulesInTheFilesBeside(t *testing.T) {
	t.Parallel()
	const inner = "title: Inner\nid: inner\ncorrelation: {type: event_count, rules: [failed], group-by: [UserId], timespan: '%w%', condition: {gte: 3}}\nnightjar: {parameters: {w: {value: 5m}}}\n---\ntitle: Other\nid: other\nlogsource: {product: m365}\ndetection: {s: {a: b}, condition: s}\n"
	base, _, _ := strings.Cut(spray, "---")
	dir := write(t, map[string]string{
		"top.yml":   "title: Top\nid: top\ncorrelation: {type: event_count, rules: [inner], group-by: [UserId], timespan: 1h, condition: {gte: 2}}\n",
		"inner.yml": inner, "base.yml": strings.Replace(base, "'%codes%'", "[1]", 1), "broken.yml": "title: [",
	})
	set := named(t, filepath.Join(dir, "top.yml"))
	for id, loaded := range map[string]bool{"top": true, "inner": true, "base": true, "other": false} {
		info := set.Info(id)
		if (info != nil) != loaded || info != nil && set.Named(info.File) != (id == "top") {
			t.Errorf("rule %s is loaded: %v", id, !loaded)
		}
	}
}
