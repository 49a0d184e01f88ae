package sigma_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// shared finds the test data that nobody of the project wrote. It cannot be on
// every machine; where continuous integration runs it must be.
func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", "data", path)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the test data are not there: %v", err)
		}
		t.Skipf("needs %s, which is not here", full)
	}
	return full
}

func catalogue(t testing.TB) *sigma.Catalogue {
	t.Helper()
	c, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryRuleOfSigmaHQIsLoadedOrRejectedWithAReason(t *testing.T) {
	t.Parallel()
	c, err := sigma.Load([]string{shared(t, "sigma")}, sigma.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Rejected() {
		t.Log(f)
		if f.Line == 0 || f.Err.Message == "" || f.Rule == "" {
			t.Errorf("%v says not where or why", f)
		}
	}
	if n := len(c.Rules) + len(c.Rejected()); n != 160 {
		t.Errorf("%d rules are loaded or rejected, want all 160", n)
	}
	if len(c.Rules) != 149 {
		t.Errorf("%d rules are loaded, want 149: all but those with placeholders and with an aggregation", len(c.Rules))
	}
}
