package index_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// shared finds the test data that nobody of the project wrote.
func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "..", "shared", "data", path)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the test data are not there: %v", err)
		}
		t.Skipf("needs %s, which is not here", full)
	}
	return full
}

func realEvents(t testing.TB) [][]byte {
	t.Helper()
	f, err := os.Open(shared(t, "ual/real-half.ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var events [][]byte
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		events = append(events, bytes.Clone(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

func realRules(t testing.TB) []*sigma.Rule {
	t.Helper()
	placeholders := map[string][]string{}
	for _, name := range []string{"LegitCountries", "ApprovedUserUpn", "Approved_Inviters", "Important_AppIds", "Known_Location", "KNOWN_LOCATION", "UnLegitCountries", "HomeTenantID"} {
		placeholders[name] = []string{"NL", "dutchmasterz*", "0873ee4d-d342-44f2-8961-74c442a2fad2"}
	}
	c, err := sigma.Load([]string{shared(t, "sigma")}, sigma.Options{Placeholders: placeholders})
	if err != nil {
		t.Fatal(err)
	}
	return c.Rules
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
