package ruleset

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/nightjar-sec/nightjar"
)

// Paths makes folders of files and folders that a person named. The records
// for tests that the binary carries are added where there are none of their own.
func Paths(paths []string) ([]Folder, error) {
	var out []Folder
	shapes := false
	for _, path := range paths {
		stat, err := os.Stat(path)
		if err != nil {
			return nil, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "read rules", Hint: "name a file or a folder with rules", Err: err}
		}
		dir, only := path, []string(nil)
		if !stat.IsDir() {
			dir, only = filepath.Dir(path), []string{filepath.Base(path)}
		}
		if _, err := os.Stat(filepath.Join(dir, ShapesFolder)); err == nil {
			shapes = true
		}
		name := filepath.ToSlash(filepath.Clean(dir))
		at := slices.IndexFunc(out, func(f Folder) bool { return f.Name == name })
		switch {
		case at < 0:
			out = append(out, Folder{Name: name, FS: os.DirFS(dir), Only: only})
		case only == nil:
			out[at].Only = nil
		case out[at].Only != nil:
			out[at].Only = append(out[at].Only, only...)
		}
	}
	if !shapes {
		out = append(out, Shapes())
	}
	return out, nil
}
