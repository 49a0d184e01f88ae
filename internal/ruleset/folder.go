package ruleset

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/rules"
)

// ShapesFolder is the name of folders of records for tests, which are no packs.
const ShapesFolder = "shapes"

// maxFile is the largest file of rules that is read.
const maxFile = 64 << 20

// Folder is a tree of files with rules: one folder a pack.
type Folder struct {
	// Name stands before the names of its files in faults, e.g. "rules".
	Name string
	FS   fs.FS
	// Shipped says that the rules came with this version of Nightjar.
	Shipped bool
	// Commit is that of the git checkout that the folder is in; "" for none.
	Commit string
	Branch string // of that checkout; "" when none is out
	// Only are the files that are read, by their names in FS, with the shapes of
	// the folder shapes beside; nil reads all.
	Only []string
	// Problem says why it cannot be read now.
	Problem string
}

// Shipped returns the rules that the binary carries.
func Shipped() Folder { return Folder{Name: "rules", FS: rules.FS, Shipped: true} }

// Shapes are the records for tests that the binary carries, for the tests of
// other people's rules.
func Shapes() Folder { return Folder{Name: "rules", FS: rules.Shapes, Shipped: true} }

// source is a file of rules as it was read.
type source struct {
	name string
	pack string
	data []byte
}

// tree is what was read of a folder.
type tree struct {
	folder Folder
	files  []*file
	shapes []source
}

// read reads the files of a folder, in the order of their names.
func (f Folder) read() (tree, error) {
	t := tree{folder: f}
	err := fs.WalkDir(f.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden := name != "." && strings.HasPrefix(d.Name(), "."); d.IsDir() || hidden {
			if d.IsDir() && (hidden || f.passes(name)) {
				return fs.SkipDir
			}
			return nil
		}
		ext := strings.ToLower(path.Ext(name))
		shape := slices.Contains(strings.Split(path.Dir(name), "/"), ShapesFolder)
		chosen := slices.Contains(f.Only, name)
		if !chosen && (ext != ".yml" && ext != ".yaml" || f.Only != nil && !shape) {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Size() > maxFile {
			return &nightjar.Error{Code: nightjar.CodeLimit, Message: path.Join(f.Name, name) + " is too large for a file of rules"}
		}
		data, err := fs.ReadFile(f.FS, name)
		if err != nil {
			return err
		}
		s := source{path.Join(f.Name, name), f.pack(name), data}
		if shape && !chosen {
			t.shapes = append(t.shapes, s)
		} else {
			t.files = append(t.files, readFile(s))
		}
		return nil
	})
	if err != nil {
		if e, ok := errors.AsType[*nightjar.Error](err); ok {
			return t, e
		}
		return t, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "read the rules in " + f.Name, Err: err}
	}
	if f.Only != nil {
		t.beside(f)
	}
	return t, nil
}

// passes reports whether nothing of a folder within the tree is read: of a file
// that somebody named, what lies elsewhere in its folder is no concern.
func (f Folder) passes(name string) bool {
	return f.Only != nil && name != "." && name != ShapesFolder && !strings.HasPrefix(name, ShapesFolder+"/") &&
		!slices.ContainsFunc(f.Only, func(file string) bool { return strings.HasPrefix(file, name+"/") })
}

// pack is the first folder of a file's name, else the name of the tree.
func (f Folder) pack(name string) string {
	if first, _, below := strings.Cut(name, "/"); below {
		return first
	}
	return path.Base(f.Name)
}
