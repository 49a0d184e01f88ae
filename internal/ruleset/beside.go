package ruleset

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// beside adds the rules that correlations of the named files rest on and that
// stand in other files of their folders: these rules, and nothing else of there.
func (t *tree) beside(f Folder) {
	dirs := map[string]bool{}
	for _, name := range f.Only {
		dirs[path.Dir(name)] = true
	}
	var others []*file
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		entries, err := fs.ReadDir(f.FS, dir)
		if err != nil {
			continue // the named files were read, and say what they miss
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			ext := strings.ToLower(path.Ext(name))
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile || ext != ".yml" && ext != ".yaml" || slices.Contains(f.Only, name) {
				continue
			}
			if data, err := fs.ReadFile(f.FS, name); err == nil {
				others = append(others, readFile(source{path.Join(f.Name, name), f.pack(name), data}))
			}
		}
	}
	for _, o := range others {
		o.timed, o.faults = nil, &sigma.Collection{}
		o.bad, o.wrong = slices.Repeat([]bool{true}, len(o.docs)), o.bad
	}
	for t.adopt(others) {
	}
}

// adopt takes rules of other files that are still missed, and reports whether
// there was one: it may rest on others in turn.
func (t *tree) adopt(others []*file) bool {
	known, missed := map[string]bool{}, map[string]bool{}
	for _, f := range t.files {
		for i, doc := range f.docs {
			if f.bad != nil && f.bad[i] {
				continue
			}
			known[f.names[i][0]], known[f.names[i][1]] = true, true
			for _, ref := range references(doc) {
				missed[ref] = true
			}
		}
	}
	found := false
	for _, o := range others {
		for i, names := range o.names {
			wanted := slices.ContainsFunc(names, func(n string) bool { return n != "" && missed[n] && !known[n] })
			if !wanted || !o.bad[i] || o.wrong != nil && o.wrong[i] {
				continue
			}
			o.bad[i], found = false, true
			if !slices.Contains(t.files, o) {
				t.files, o.adopted = append(t.files, o), true
			}
		}
	}
	return found
}

// references are the rules that a correlation is about.
func references(doc *yaml.Node) []string {
	for i := 0; i+1 < len(doc.Content); i += 2 {
		if doc.Content[i].Value != "correlation" {
			continue
		}
		list, err := sigma.Entries(doc.Content[i+1])
		if err != nil {
			return nil
		}
		for _, e := range list {
			if e.Key == "rules" {
				refs, _ := e.Texts() // what is no text refers to nothing
				return refs
			}
		}
	}
	return nil
}
