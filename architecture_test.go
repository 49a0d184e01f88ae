package nightjar_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestThePictureOfTheArchitectureShowsEveryPackage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\n")
	picture, paragraphs, _ := strings.Cut(rest, "```\n")
	folders, err := os.ReadDir("internal")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		if !regexp.MustCompile(`\b` + f.Name() + `\b`).MatchString(picture) {
			t.Errorf("the picture of ARCHITECTURE.md has no %s", f.Name())
		}
		if !strings.Contains(paragraphs, "**internal/"+f.Name()+"**") {
			t.Errorf("ARCHITECTURE.md has no paragraph on internal/%s", f.Name())
		}
	}
}
