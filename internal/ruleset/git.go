package ruleset

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// checkout says which commit, and of which branch, the git checkout around a
// folder has; "" when it is in none. It reads the files that git keeps: git
// itself would run what the checkout's configuration says.
func checkout(dir string) (commit, branch string) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", ""
	}
	for {
		if commit, branch = head(filepath.Join(dir, ".git")); commit != "" {
			return commit, branch
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ""
		}
		dir = parent
	}
}

// head reads the commit of a git folder, or of the file that stands for one in
// worktrees and submodules.
func head(git string) (commit, branch string) {
	if text, ok := small(git); ok {
		to, is := strings.CutPrefix(text, "gitdir: ")
		if !is {
			return "", ""
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(git), to)
		}
		git = to
	}
	text, ok := small(filepath.Join(git, "HEAD"))
	if !ok {
		return "", ""
	}
	ref, symbolic := strings.CutPrefix(text, "ref: ")
	if !symbolic {
		return commitID(text), ""
	}
	if !strings.HasPrefix(ref, "refs/") || strings.Contains(ref, "..") {
		return "", ""
	}
	branch = strings.TrimPrefix(ref, "refs/heads/")
	folders := []string{git}
	if common, ok := small(filepath.Join(git, "commondir")); ok {
		if !filepath.IsAbs(common) {
			common = filepath.Join(git, common)
		}
		folders = append(folders, common)
	}
	for _, folder := range folders {
		if text, ok := small(filepath.Join(folder, filepath.FromSlash(ref))); ok {
			return commitID(text), branch
		}
		packed, err := os.ReadFile(filepath.Join(folder, "packed-refs"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(packed)) {
			if id, name, _ := strings.Cut(strings.TrimSpace(line), " "); name == ref {
				return commitID(id), branch
			}
		}
	}
	return "", ""
}

func commitID(s string) string {
	if !commitPattern.MatchString(s) {
		return ""
	}
	return s
}

// small reads a file of one line.
func small(name string) (string, bool) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 4096 {
		return "", false
	}
	data, err := os.ReadFile(name)
	return strings.TrimSpace(string(data)), err == nil
}
