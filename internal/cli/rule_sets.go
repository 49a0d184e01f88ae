package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// chosenRules are rules that were read, and those of them that are meant.
type chosenRules struct {
	set   *ruleset.Set
	infos []*ruleset.Info
	meant func(file string) bool
}

// chooseRules reads the rules of files and folders and names on standard error
// what is wrong with them. Of many it chooses those with the given ids; none
// chooses all.
func chooseRules(p Process, paths, ids []string) (chosenRules, error) {
	var folders []ruleset.Folder
	var only []string
	ownShapes := false
	for _, path := range paths {
		stat, err := os.Stat(path)
		if err != nil {
			return chosenRules{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "read rules in " + path, Err: err}
		}
		dir := path
		if !stat.IsDir() {
			dir = filepath.Dir(path)
			only = append(only, filepath.ToSlash(filepath.Clean(path)))
		}
		if _, err := os.Stat(filepath.Join(dir, ruleset.ShapesFolder)); err == nil {
			ownShapes = true
		}
		name := filepath.ToSlash(filepath.Clean(dir))
		if !slices.ContainsFunc(folders, func(f ruleset.Folder) bool { return f.Name == name }) {
			folders = append(folders, ruleset.Folder{Name: name, FS: os.DirFS(dir)})
		}
	}
	if !ownShapes {
		folders = append(folders, ruleset.Shapes())
	}
	set, err := ruleset.Load(folders, ruleset.Options{})
	if err != nil {
		return chosenRules{}, err
	}
	meant := func(file string) bool {
		return only == nil || slices.Contains(only, filepath.ToSlash(filepath.Clean(file)))
	}
	for _, f := range set.Faults {
		if meant(f.File) {
			fmt.Fprintln(p.Stderr, safe(f.String()))
		}
	}
	return pick(set, meant, ids)
}

// unchangedRules reads the rules of this installation as their files have them.
func unchangedRules(p Process, cmd *cobra.Command, ids []string) (chosenRules, error) {
	c, err := load(p, cmd)
	if err != nil {
		return chosenRules{}, err
	}
	keeper, err := ruleset.New(cmd.Context(), ruleset.Config{Folders: c.Rules.Folders()})
	if err != nil {
		return chosenRules{}, err
	}
	for _, f := range keeper.Current().Faults {
		printFault(p, f)
	}
	return pick(keeper.Current(), func(string) bool { return true }, ids)
}

// pick chooses rules of a set by file and id.
func pick(set *ruleset.Set, meant func(file string) bool, ids []string) (chosenRules, error) {
	c := chosenRules{set: set, meant: meant}
	for _, i := range set.Infos() {
		if meant(i.File) && (len(ids) == 0 || slices.Contains(ids, i.Label()) || slices.Contains(ids, i.Name)) {
			c.infos = append(c.infos, i)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(c.infos, func(i *ruleset.Info) bool { return i.Label() == id || i.Name == id }) {
			return c, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there is no rule " + id, Hint: "nightjar rule list names them"}
		}
	}
	return c, nil
}

// rejected counts the rules of the files that are meant which were not loaded.
func (c chosenRules) rejected() int {
	n := 0
	for _, f := range c.set.Faults {
		if !f.Warning && c.meant(f.File) {
			n++
		}
	}
	return n
}

// labels are the ids of the rules that are meant.
func (c chosenRules) labels() []string {
	var out []string
	for _, i := range c.infos {
		out = append(out, i.Label())
	}
	return out
}
