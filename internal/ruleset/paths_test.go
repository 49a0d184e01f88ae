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

func TestOfAFileThatIsNamedNothingElseIsRead(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"r.yml": spray, "broken.yml": "title: [", "other/s.yml": "title: [",
		"shapes/s.yml": shapes, "old/shapes/s.yml": strings.Replace(shapes, "somebody", "another", 1), "copy/shapes/s.yml": "[",
	})
	folders, err := ruleset.Paths([]string{filepath.Join(dir, "r.yml")})
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
