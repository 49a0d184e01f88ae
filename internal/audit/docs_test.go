package audit

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
)

// TestEachActionIsKnownAndDocumented keeps the constants, AuditActions and
// docs/security.md in step.
func TestEachActionIsKnownAndDocumented(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../audit.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`AuditAction = "([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) != len(nightjar.AuditActions()) {
		t.Errorf("%d actions are declared, AuditActions has %d", len(found), len(nightjar.AuditActions()))
	}
	for _, m := range found {
		if !slices.Contains(nightjar.AuditActions(), nightjar.AuditAction(m[1])) {
			t.Errorf("AuditActions lacks %s", m[1])
		}
		if !strings.Contains(string(page), "`"+m[1]+"`") {
			t.Errorf("docs/security.md does not name %s", m[1])
		}
	}
}
