package geo

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Trouble is a file that cannot be used.
type Trouble struct {
	File string
	Err  error
}

// OldAfter is the age from which people are told that address data are old:
// publishers make new ones every month, and half a month is room enough.
const OldAfter = 45 * 24 * time.Hour

// Run looks for replaced files until ctx ends, and warns of old ones.
func (a *Atlas) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		a.Refresh()
		_ = a.cfg.Clock.Sleep(ctx, a.cfg.CheckEvery) // how it ends, the loop sees
	}
	return nil
}

// Refresh opens what is new or replaced and forgets what is gone. A file that
// was replaced by one that cannot be used goes on as it was.
func (a *Atlas) Refresh() {
	a.refreshMu.Lock()
	defer a.refreshMu.Unlock()
	before := a.now.Load()
	next := &generation{recent: newRecent()}
	for _, own := range []string{a.cfg.CityFile, a.cfg.ASNFile} {
		if own != "" && !slices.ContainsFunc(next.databases, func(d *database) bool { return d.path == own }) {
			next.addDatabase(before, own, true)
		}
	}
	mmdbs, lists := a.folder(next)
	var fetched generation
	for _, path := range mmdbs {
		fetched.addDatabase(before, path, false)
	}
	// Of several in the folder the one with cities and the newest is asked first.
	slices.SortStableFunc(fetched.databases, func(x, y *database) int {
		return cmp.Or(rank(y)-rank(x), y.source.Built.Compare(x.source.Built))
	})
	next.databases = append(next.databases, fetched.databases...)
	next.troubles = append(next.troubles, fetched.troubles...)
	for _, path := range lists {
		next.addList(before, path)
	}
	slices.SortStableFunc(next.lists, func(x, y *list) int {
		return slices.Index(listKinds(), x.kind) - slices.Index(listKinds(), y.kind)
	})
	next.databases = append(next.databases, a.builtIn...)
	a.now.Store(next)
	a.say(before, next)
	a.warn(next)
}

func rank(d *database) int {
	switch {
	case d.holds.Cities:
		return 2
	case d.holds.Places:
		return 1
	default:
		return 0
	}
}

// folder lists the data files and lists of the folder.
func (a *Atlas) folder(next *generation) (mmdbs, lists []string) {
	if a.cfg.Folder == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(a.cfg.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		next.troubles = append(next.troubles, Trouble{a.cfg.Folder, err})
	}
	for _, e := range entries {
		path := filepath.Join(a.cfg.Folder, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."), e.IsDir():
		case filepath.Ext(path) == ".mmdb":
			mmdbs = append(mmdbs, path)
		case filepath.Ext(path) == ".txt":
			lists = append(lists, path)
		}
	}
	return mmdbs, lists
}

func (g *generation) addDatabase(before *generation, path string, own bool) {
	var known *database
	for _, d := range before.databases {
		if d.path == path && d.own == own {
			known = d
		}
	}
	stat, err := os.Stat(path)
	if err == nil && known != nil && known.same(stat) {
		g.databases = append(g.databases, known)
		return
	}
	d, err := openFile(path, own)
	if err == nil {
		g.databases = append(g.databases, d)
		return
	}
	g.troubles = append(g.troubles, Trouble{path, err})
	if known != nil && !errors.Is(err, fs.ErrNotExist) {
		g.databases = append(g.databases, known)
	}
}

func (g *generation) addList(before *generation, path string) {
	var known *list
	for _, l := range before.lists {
		if l.path == path {
			known = l
		}
	}
	stat, err := os.Stat(path)
	if err == nil && known != nil && os.SameFile(known.stat, stat) && known.stat.Size() == stat.Size() && known.stat.ModTime().Equal(stat.ModTime()) {
		g.lists = append(g.lists, known)
		return
	}
	l, err := openList(path)
	if err == nil {
		g.lists = append(g.lists, l)
		return
	}
	g.troubles = append(g.troubles, Trouble{path, err})
	if known != nil && !errors.Is(err, fs.ErrNotExist) {
		g.lists = append(g.lists, known)
	}
}

// say logs what came and what cannot be used, once.
func (a *Atlas) say(before, next *generation) {
	for _, d := range next.databases {
		if d.path != "" && !slices.Contains(before.databases, d) {
			a.cfg.Logger.Info("address data opened", "file", d.path, "data", d.source.String())
		}
	}
	for _, t := range next.troubles {
		if !slices.ContainsFunc(before.troubles, func(b Trouble) bool { return b.File == t.File }) {
			a.cfg.Logger.Warn("address data cannot be used", "file", t.File, "error", t.Err)
		}
	}
}

// warn tells of files that cannot be used, and of old data where no newer
// answer before them.
func (a *Atlas) warn(g *generation) {
	now := a.cfg.Clock.Now()
	wrong := map[string]nightjar.WarningCode{}
	for _, t := range g.troubles {
		name := filepath.Base(t.File)
		wrong[name] = nightjar.WarnGeoDataUnreadable
		a.cfg.Warnings.Set(nightjar.WarnGeoDataUnreadable, "", name, map[string]string{"file": t.File, "reason": t.Err.Error()})
	}
	for _, d := range g.foremost() {
		name := d.name()
		if age := d.source.Age(now); age > OldAfter && wrong[name] == "" {
			wrong[name] = nightjar.WarnGeoDataOld
			a.cfg.Warnings.Set(nightjar.WarnGeoDataOld, "", name, map[string]string{
				"data": d.source.String(), "days": strconv.Itoa(int(age.Hours() / 24)),
			})
		}
	}
	for name, code := range a.warned {
		if wrong[name] != code {
			a.cfg.Warnings.Clear(code, "", name)
		}
	}
	a.warned = wrong
}

// foremost are the files that are asked first: for places, and for networks.
func (g *generation) foremost() []*database {
	var out []*database
	var places, networks bool
	for _, d := range g.databases {
		if d.holds.Places && !places || d.holds.Networks && !networks {
			out = append(out, d)
		}
		places, networks = places || d.holds.Places, networks || d.holds.Networks
	}
	return out
}

// name is how people know the file.
func (d *database) name() string {
	if d.path == "" {
		return "built in"
	}
	return filepath.Base(d.path)
}
