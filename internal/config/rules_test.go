package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFoldersOfRulesAreAListInTheFileAndInAFlag(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"list.yaml": "rules:\n  folders: [mine, /srv/rules]\n", "text.yaml": "rules:\n  folders: mine, /srv/rules\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(Sources{File: file})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := c.Rules.Folders(), []string{filepath.Join(dir, "mine"), "/srv/rules"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	c, err := Load(Sources{Flags: map[string]string{"rules.folders": "a,b"}})
	if err != nil || !slices.Equal(c.Rules.Folders(), []string{"a", "b"}) {
		t.Errorf("the flag gives %q, %v", c.Rules.Folders(), err)
	}
}
