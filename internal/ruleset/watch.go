package ruleset

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Folders are looked at each lookFolders, the catalog each lookCatalog: what
// the command line changes beside a daemon should hold at once.
const (
	lookCatalog = 2 * time.Second
	lookFolders = 10 * time.Second
)

// watched is a folder with what was last good of it.
type watched struct {
	folder Folder
	path   string // "" for the shipped rules, which never change
	seen   string // signature of the files when they were read
	last   tree
	read   bool
	// good has the last version of each file in which nothing was wrong.
	good map[string]*file
}

func newWatched(dir string) *watched {
	clean := filepath.Clean(dir)
	return &watched{folder: Folder{Name: filepath.ToSlash(clean), FS: os.DirFS(clean)}, path: clean, good: map[string]*file{}}
}

// load builds a set of all folders. A file of a further folder in which
// something is wrong stays as it last was good.
func (k *Keeper) load(o Options) *Set {
	var trees []tree
	for _, w := range k.folders {
		trees = append(trees, w.look())
	}
	set := build(trees, o)
	stale := map[string]*sigma.Fault{}
	for i, w := range k.folders {
		if w.path == "" {
			continue
		}
		files := slices.Clone(trees[i].files)
		for n, f := range files {
			fault := broken(set, f.name)
			if good := w.good[f.name]; fault != nil && good != nil {
				files[n], stale[f.name] = good, fault
			}
		}
		trees[i].files = files
	}
	if len(stale) > 0 {
		set = build(trees, o)
	}
	for i, w := range k.folders {
		for _, f := range trees[i].files {
			if w.path != "" && broken(set, f.name) == nil {
				w.good[f.name] = f
			}
		}
		if problem := trees[i].folder.Problem; problem != "" {
			set.Faults = append(set.Faults, &sigma.Fault{File: w.folder.Name, Warning: true, Err: &nightjar.Error{
				Code: nightjar.CodeNotFound, Message: problem,
			}})
		}
	}
	for _, fault := range stale {
		said := *fault
		said.Warning = true
		said.Err = &nightjar.Error{Code: fault.Err.Code, Message: fault.Err.Message + "; the last good version of the file stays in force", Hint: fault.Err.Hint, Err: fault.Err.Err}
		set.Faults = append(set.Faults, &said)
	}
	slices.SortStableFunc(set.Faults, func(a, b *sigma.Fault) int { return strings.Compare(a.File, b.File) })
	return set
}

// broken returns the first fault that kept something of a file from being loaded.
func broken(s *Set, name string) *sigma.Fault {
	at := slices.IndexFunc(s.Faults, func(f *sigma.Fault) bool { return !f.Warning && f.File == name })
	if at < 0 {
		return nil
	}
	return s.Faults[at]
}

// look reads the folder again if something of it changed. When it cannot be
// read, it stays as it was, and says why.
func (w *watched) look() tree {
	if w.path == "" {
		if !w.read {
			// What the binary carries can be read.
			w.last, _ = w.folder.read()
			w.read = true
		}
		return w.last
	}
	seen, err := signature(w.folder.FS)
	if err == nil && w.read && seen == w.seen {
		w.last.folder.Problem = ""
		return w.last
	}
	next := tree{folder: w.folder}
	if err == nil {
		next, err = w.folder.read()
	}
	if err != nil {
		w.last.folder.Name = w.folder.Name
		w.last.folder.Problem = "the folder cannot be read"
		if w.read {
			w.last.folder.Problem += "; its rules stay in force as they were"
		}
		w.last.folder.Problem += ": " + err.Error()
		return w.last
	}
	next.folder.Commit, next.folder.Branch = checkout(w.path)
	w.last, w.seen, w.read = next, seen, true
	return w.last
}

// signature changes when a file of a folder does, or its checkout.
func signature(tree fs.FS) (string, error) {
	var b strings.Builder
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden := name != "." && strings.HasPrefix(d.Name(), "."); d.IsDir() && hidden {
			return fs.SkipDir
		}
		if ext := strings.ToLower(path.Ext(name)); d.IsDir() || ext != ".yml" && ext != ".yaml" {
			return nil
		}
		info, err := fs.Stat(tree, name) // of what a link leads to
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return b.String(), err
}

// Run watches folders and changes until ctx ends, and puts in force what is new.
func (k *Keeper) Run(ctx context.Context) error {
	// Files and people go by the wall's time, also in a rehearsal.
	wall := clock.Real()
	since := wall.Now()
	for wall.Sleep(ctx, lookCatalog) == nil {
		now := wall.Now()
		due := k.stale(ctx, k.cfg.Clock.Now())
		if now.Sub(since) >= lookFolders {
			since = now
			due = due || len(k.cfg.Folders) > 0
		}
		if !due {
			continue
		}
		if err := k.Reload(ctx); err != nil && ctx.Err() == nil {
			k.log.ErrorContext(ctx, "the rules cannot be read anew; those in force stay", "error", err)
		}
	}
	return nil
}

// stale reports whether somebody changed something, or an exception ended.
func (k *Keeper) stale(ctx context.Context, now time.Time) bool {
	at := k.current.Load()
	for _, e := range at.set.changes.Exceptions {
		if e.Active(at.set.now) && !e.Active(now) {
			return true
		}
	}
	if k.cfg.Catalog == nil {
		return false
	}
	var version int64
	err := k.cfg.Catalog.NewRaw(sqlVersion).Scan(ctx, &version)
	return err == nil && version != at.version
}

// warn tells health which rules are broken, by file, and clears what is mended.
func (k *Keeper) warn(set *Set) {
	if k.cfg.Warnings == nil {
		return
	}
	now := map[string]map[string]string{}
	for _, f := range set.Faults {
		lost := f.Warning && f.Line == 0 && f.Err.Code == nightjar.CodeNotFound || strings.Contains(f.Err.Message, "stays in force")
		if f.Warning && !lost || now[f.File] != nil {
			continue
		}
		where := f.File
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		now[f.File] = map[string]string{"place": where, "reason": f.Err.Message}
	}
	for file, args := range now {
		k.cfg.Warnings.Set(nightjar.WarnRulesBroken, "", file, args)
	}
	for file := range k.warned {
		if now[file] == nil {
			k.cfg.Warnings.Clear(nightjar.WarnRulesBroken, "", file)
		}
	}
	clear(k.warned)
	for file := range now {
		k.warned[file] = true
	}
}
