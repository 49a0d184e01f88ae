package ruleset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Options are what reading rules needs besides the folders.
type Options struct {
	// Placeholders are the values of %name% for the modifier expand.
	Placeholders map[string][]string
}

// Load reads the rules of folders. The error says that a folder cannot be
// read; what is wrong with rules is in the faults of the set.
func Load(folders []Folder, o Options) (*Set, error) {
	shapes := map[string]shape{}
	var sources []source
	faults := &sigma.Collection{}
	for i, folder := range folders {
		found, records, err := folder.files(i)
		if err != nil {
			return nil, err
		}
		sources = append(sources, found...)
		for _, s := range records {
			if err := readShapes(s, shapes); err != nil {
				faults.Reject(sigma.Meta{File: s.name}, err)
			}
		}
	}
	b := &builder{folders: folders, options: o, shapes: shapes, faults: faults}
	for _, s := range sources {
		b.files = append(b.files, readFile(s))
	}
	return b.set(), nil
}

// builder makes sets of files that were read.
type builder struct {
	folders []Folder
	options Options
	shapes  map[string]shape
	faults  *sigma.Collection // of shapes
	files   []*file
}

func (b *builder) set() *Set {
	s := &Set{byLabel: map[string]*Info{}, tenants: map[nightjar.TenantID]*Variant{}}
	all := &sigma.Collection{Faults: slices.Clone(b.faults.Faults)}
	for _, f := range b.files {
		part := sigma.ParseDocuments(f.name, f.expanded(func(string, string) *yaml.Node { return nil }), b.options.Placeholders)
		part.Faults = append(part.Faults, f.faults.Faults...)
		b.describe(s, f, part)
		all.Merge(part)
	}
	all.Resolve()
	v := &Variant{Collection: all, versions: map[string]string{}}
	s.variants = []*Variant{v}
	s.keep(all)
	s.Faults = all.Faults
	all.Faults = nil
	h := sha256.New()
	for _, i := range s.infos {
		v.versions[i.Label()] = i.Version
		h.Write([]byte(i.Label() + i.Version))
	}
	s.version = hex.EncodeToString(h.Sum(nil)[:16])
	return s
}

// describe reads the attribute nightjar of the rules of one file. A rule whose
// attribute is wrong is taken out of part.
func (b *builder) describe(s *Set, f *file, part *sigma.Collection) {
	folder := b.folders[f.folder]
	one := func(meta *sigma.Meta, kind Kind, uses []string) bool {
		info := &Info{
			Meta: meta, Kind: kind, Pack: f.pack, Folder: folder.Name, Shipped: folder.Shipped, Uses: uses,
			Text: f.text(meta.Line), Severity: nightjar.Severity(cmp.Or(meta.Level, string(nightjar.SeverityLow))),
		}
		if n := meta.Custom[blockName]; n != nil {
			var err error
			if info.Block, err = readBlock(n, b.shapes); err != nil {
				part.Reject(*meta, err)
				return false
			}
		}
		sum := sha256.Sum256([]byte(info.Text))
		info.Version = hex.EncodeToString(sum[:16])
		s.infos = append(s.infos, info)
		return true
	}
	part.Rules = slices.DeleteFunc(part.Rules, func(r *sigma.Rule) bool { return !one(&r.Meta, Detection, nil) })
	part.Correlations = slices.DeleteFunc(part.Correlations, func(r *sigma.Correlation) bool {
		return !one(&r.Meta, Correlation, slices.Clone(r.Rules))
	})
}

// keep drops what is known of rules that were rejected after all, and says
// which rules alert.
func (s *Set) keep(all *sigma.Collection) {
	loaded := map[*sigma.Meta]bool{}
	parts, generate := map[string]bool{}, map[string]bool{}
	for _, r := range all.Rules {
		loaded[&r.Meta] = true
	}
	for _, r := range all.Correlations {
		loaded[&r.Meta] = true
		for _, ref := range r.Rules {
			parts[ref] = true
			generate[ref] = generate[ref] || r.Generate
		}
	}
	s.infos = slices.DeleteFunc(s.infos, func(i *Info) bool { return !loaded[i.Meta] })
	order := map[string]int{}
	for i, info := range s.infos {
		if _, seen := order[info.File]; !seen {
			order[info.File] = i
		}
	}
	slices.SortStableFunc(s.infos, func(a, b *Info) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line))
	})
	for _, i := range s.infos {
		part := i.ID != "" && parts[i.ID] || i.Name != "" && parts[i.Name]
		own := i.ID != "" && generate[i.ID] || i.Name != "" && generate[i.Name]
		i.Alerts = (!part || own) && i.Severity.Rank() > 0
		if s.byLabel[i.Label()] == nil {
			s.byLabel[i.Label()] = i
		}
	}
}
