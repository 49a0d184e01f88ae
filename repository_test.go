package nightjar_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// longFiles are the Go files that may exceed 600 lines, each with the reason
// why splitting it would make it harder to read.
func longFiles() map[string]string {
	return map[string]string{}
}

// files yields every file of the repository that is not generated or ignored.
func files(t *testing.T, visit func(path string, data []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(path) && filepath.Base(path) != "testdata" && path != ".ci" {
				return filepath.SkipDir
			}
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(path), data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGoFilesStayShort(t *testing.T) {
	t.Parallel()
	reasons := longFiles()
	files(t, func(path string, data []byte) {
		if !strings.HasSuffix(path, ".go") {
			return
		}
		lines := bytes.Count(data, []byte("\n"))
		if _, allowed := reasons[path]; lines > 600 && !allowed {
			t.Errorf("%s has %d lines: split it by concept, or give its reason in longFiles", path, lines)
		} else if allowed && lines <= 600 {
			t.Errorf("%s has %d lines: its entry in longFiles is no longer needed", path, lines)
		}
	})
}

func TestEachPackageHasOneDoc(t *testing.T) {
	t.Parallel()
	docs := map[string][]string{}
	files(t, func(path string, data []byte) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata/") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, data, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		dir := filepath.Dir(path)
		if _, seen := docs[dir]; !seen {
			docs[dir] = nil
		}
		if file.Doc != nil {
			docs[dir] = append(docs[dir], path)
		}
	})
	for dir, in := range docs {
		if len(in) != 1 {
			t.Errorf("package %s has its doc in %d files, want exactly one: %v", dir, len(in), in)
		}
	}
}

// TestPackagesAreNamedForAJob refuses the names under which anything fits.
func TestPackagesAreNamedForAJob(t *testing.T) {
	t.Parallel()
	vague := regexp.MustCompile(`^(utils?|common|helpers?|managers?|models?|types|misc|base|shared)$`)
	for dir := range ownImports(t) {
		for part := range strings.SplitSeq(dir, "/") {
			if vague.MatchString(part) {
				t.Errorf("%s: %q says nothing of the package's job", dir, part)
			}
		}
	}
}

// TestNoMachineIsNamed keeps folders of one machine out of the repository: a
// path that exists on the author's disk helps nobody else.
func TestNoMachineIsNamed(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	personal := regexp.MustCompile(`(^|[\s"'(=:])(/home/[a-z][a-z0-9_-]*/|/Users/[A-Za-z]+/|` + regexp.QuoteMeta(here) + `)`)
	files(t, func(path string, data []byte) {
		if at := personal.FindIndex(data); at != nil && !bytes.Contains(data[:min(len(data), 8000)], []byte{0}) {
			t.Errorf("%s:%d names a folder of one machine", path, 1+bytes.Count(data[:at[0]], []byte("\n")))
		}
	})
}
