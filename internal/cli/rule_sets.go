package cli

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// chosenRules are rules that were read, and those of them that are meant.
type chosenRules struct {
	set   *ruleset.Set
	infos []*ruleset.Info
}

// chooseRules reads the rules of files and folders and names on standard error
// what is wrong with them. Of many it chooses those with the given ids; none
// chooses all.
func chooseRules(p Process, paths, ids []string) (chosenRules, error) {
	set, err := readPaths(paths, ruleset.Options{})
	if err != nil {
		return chosenRules{}, err
	}
	printFaults(p, set.All())
	return pick(set, ids)
}

// readPaths reads the rules of files and folders that somebody named. One in
// which there are none is refused: that nothing is found would say nothing.
func readPaths(paths []string, o ruleset.Options) (*ruleset.Set, error) {
	folders, err := ruleset.Paths(paths)
	if err != nil {
		return nil, err
	}
	set, err := ruleset.Load(folders, o)
	if err != nil {
		return nil, err
	}
	var files []string // with rules, or what was meant for some
	for _, i := range set.Infos() {
		files = append(files, i.File)
	}
	for _, f := range set.All().Filters {
		files = append(files, f.File)
	}
	for _, f := range set.Faults {
		files = append(files, f.File)
	}
	for _, path := range paths {
		if !slices.ContainsFunc(files, func(file string) bool { return below(path, file) }) {
			return nil, withoutRules(path)
		}
	}
	return set, nil
}

// below reports whether a file is the one of a path, or within its folder.
func below(path, file string) bool {
	rel, err := filepath.Rel(path, filepath.FromSlash(file))
	return err == nil && filepath.IsLocal(rel)
}

func withoutRules(path string) error {
	hint := "rules stand in files whose names end in .yml or .yaml"
	// What cannot be looked into was read before.
	_ = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		ext := strings.ToLower(filepath.Ext(name))
		if err == nil && !d.IsDir() && (name == path || ext == ".yml" || ext == ".yaml") {
			hint = "a rule has a title, and a detection, a correlation or a query: docs/rules.md shows some"
			return fs.SkipAll
		}
		return err
	})
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there are no rules in " + path, Hint: hint}
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
	printFaults(p, keeper.Current().All())
	return pick(keeper.Current(), ids)
}

// called reports whether a person means a rule, as rule set and rule explain take it.
func called(i *ruleset.Info, name string) bool {
	return name == i.Label() || name != "" && (name == i.Name || name == i.Title)
}

// pick chooses rules of a set by id; without ids all of them.
func pick(set *ruleset.Set, ids []string) (chosenRules, error) {
	c := chosenRules{set: set}
	for _, i := range set.Infos() {
		if len(ids) == 0 && set.Named(i.File) || slices.ContainsFunc(ids, func(id string) bool { return called(i, id) }) {
			c.infos = append(c.infos, i)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(c.infos, func(i *ruleset.Info) bool { return called(i, id) }) {
			return c, set.Missing(id, "nightjar rule list names them")
		}
	}
	return c, nil
}

// labels are the ids of the rules that are meant.
func (c chosenRules) labels() []string {
	var out []string
	for _, i := range c.infos {
		out = append(out, i.Label())
	}
	return out
}
