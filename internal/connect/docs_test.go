package connect

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestConnectPageExplainsEveryCause keeps the troubleshooting table of
// docs/connect.md complete.
func TestConnectPageExplainsEveryCause(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/connect.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("report.go")
	if err != nil {
		t.Fatal(err)
	}
	causes := regexp.MustCompile(`Cause = "([a-z_]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(causes) < 10 {
		t.Fatalf("only %d causes were found in the source", len(causes))
	}
	for _, m := range causes {
		if !strings.Contains(string(page), "`"+m[1]+"`") {
			t.Errorf("docs/connect.md does not explain %s", m[1])
		}
	}
}
