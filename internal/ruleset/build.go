package ruleset

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Options are what reading rules needs besides the folders.
type Options struct {
	// Placeholders are the values of %name% for the modifier expand.
	Placeholders map[string][]string
	// Changes are laid over the rules.
	Changes Changes
	// Now says which exceptions are in force.
	Now time.Time
}

// Load reads the rules of folders. The error says that a folder cannot be
// read; what is wrong with rules is in the faults of the set.
func Load(folders []Folder, o Options) (*Set, error) {
	var trees []tree
	for _, folder := range folders {
		t, err := folder.read()
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
	}
	return build(trees, o), nil
}

// builder makes a set of files that were read.
type builder struct {
	options Options
	shapes  map[string]shape
	files   []*file
	parsed  []*sigma.Collection // of files, with the rules' own parameters
	faults  *sigma.Collection   // of shapes, and of changes that do nothing
	set     *Set
}

func build(trees []tree, o Options) *Set {
	b := &builder{
		options: o, shapes: map[string]shape{}, faults: &sigma.Collection{},
		set: &Set{byLabel: map[string]*Info{}, tenants: map[nightjar.TenantID]*Variant{}, changes: o.Changes, now: o.Now, adopted: map[string]bool{}, texts: map[string][]byte{}},
	}
	for _, t := range trees {
		for _, s := range t.shapes {
			var err error
			if broken := guard(func() { err = readShapes(s, b.shapes) }); broken != nil {
				err = broken
			}
			if err != nil {
				b.faults.Reject(sigma.Meta{File: s.name}, err)
			}
		}
	}
	for _, t := range trees {
		b.set.folders = append(b.set.folders, t.folder)
		for _, f := range t.files {
			b.set.adopted[f.name], b.set.texts[f.name] = f.adopted, f.data
			known := len(b.set.infos)
			var part *sigma.Collection
			if err := guard(func() {
				part = sigma.ParseDocuments(f.name, f.expanded(own), o.Placeholders)
				part.Faults = append(part.Faults, f.faults.Faults...)
				b.describe(t.folder, f, part)
			}); err != nil {
				b.set.infos = b.set.infos[:known]
				b.faults.Reject(sigma.Meta{File: f.name}, err)
				continue
			}
			b.files, b.parsed = append(b.files, f), append(b.parsed, part)
		}
	}
	b.variants()
	return b.set
}

// own lets each parameter have the value of its rule.
func own(string, string) *yaml.Node { return nil }

// describe reads the attribute nightjar of the rules of one file. A rule whose
// attribute is wrong is taken out of part.
func (b *builder) describe(folder Folder, f *file, part *sigma.Collection) {
	one := func(meta *sigma.Meta, kind Kind, uses []string, sequence bool) bool {
		info := &Info{
			sequence: sequence,
			Meta:     meta, Kind: kind, Pack: f.pack, Folder: folder.Name, Shipped: folder.Shipped, Uses: uses,
			Text: f.text(meta.Line), Severity: nightjar.Severity(cmp.Or(meta.Level, string(nightjar.SeverityLow))),
		}
		if n := meta.Custom[blockName]; n != nil {
			var err error
			if info.Block, err = readBlock(n, kind, b.shapes); err != nil {
				part.Reject(*meta, err)
				return false
			}
		}
		b.set.infos = append(b.set.infos, info)
		return true
	}
	for _, doc := range f.timed {
		meta, err := sigma.ReadMeta(f.name, doc)
		if err != nil {
			part.Reject(meta, err)
			continue
		}
		s, err := readScheduled(doc, meta)
		if err != nil {
			part.Reject(meta, err)
			continue
		}
		kind := Query
		if s.Query == "" {
			kind = Warning
		}
		if !one(&meta, kind, nil, false) {
			continue
		}
		last := len(b.set.infos) - 1
		b.set.infos[last].Scheduled = s
		if err := s.checkParameters(b.set.infos[last].Parameters); err != nil {
			part.Reject(meta, err)
			b.set.infos = b.set.infos[:last]
		}
	}
	part.Rules = slices.DeleteFunc(part.Rules, func(r *sigma.Rule) bool { return !one(&r.Meta, Detection, nil, false) })
	part.Correlations = slices.DeleteFunc(part.Correlations, func(r *sigma.Correlation) bool {
		return !one(&r.Meta, Correlation, slices.Clone(r.Rules), r.Type == sigma.Temporal || r.Type == sigma.TemporalOrdered)
	})
}

// collect puts the rules of all files together, as copies that may be changed.
// over gives the parameters that are otherwise; nil for none.
func (b *builder) collect(over overrides, touched map[string]bool) *sigma.Collection {
	all := &sigma.Collection{}
	for i, f := range b.files {
		part := b.parsed[i]
		if over != nil && slices.ContainsFunc(f.labels, func(l string) bool { return touched[l] }) {
			part = b.again(f, part, over)
		}
		for _, r := range part.Rules {
			clone := *r
			clone.Filtered = slices.Clone(r.Filtered)
			all.Rules = append(all.Rules, &clone)
		}
		for _, r := range part.Correlations {
			clone := *r
			all.Correlations = append(all.Correlations, &clone)
		}
		all.Filters = append(all.Filters, part.Filters...)
		all.Faults = append(all.Faults, part.Faults...)
	}
	all.Resolve()
	return all
}

// again parses a file with other parameters. When a rule does not take them,
// the file stays as it is, and that is said.
func (b *builder) again(f *file, before *sigma.Collection, over overrides) *sigma.Collection {
	part := &sigma.Collection{}
	if err := guard(func() { part = sigma.ParseDocuments(f.name, f.expanded(over), b.options.Placeholders) }); err != nil {
		part.Reject(sigma.Meta{File: f.name}, err)
	}
	for _, fault := range part.Faults {
		if !fault.Warning && !slices.ContainsFunc(before.Faults, func(o *sigma.Fault) bool { return o.String() == fault.String() }) {
			b.warn(fault.Rule, f.name, fault.Line, fmt.Sprintf("a parameter that was changed here does not fit, so that none of this file's is: %s", fault.Err.Message))
			return before
		}
	}
	// Rules whose attribute nightjar is wrong stay out.
	kept := map[int]bool{}
	for _, r := range before.Rules {
		kept[r.Line] = true
	}
	for _, r := range before.Correlations {
		kept[r.Line] = true
	}
	part.Rules = slices.DeleteFunc(part.Rules, func(r *sigma.Rule) bool { return !kept[r.Line] })
	part.Correlations = slices.DeleteFunc(part.Correlations, func(r *sigma.Correlation) bool { return !kept[r.Line] })
	part.Faults = before.Faults
	return part
}

// warn says once that something that was changed here does nothing.
func (b *builder) warn(rule, file string, line int, message string) {
	f := &sigma.Fault{File: file, Line: line, Rule: rule, Warning: true, Err: &nightjar.Error{
		Code: nightjar.CodeNotFound, Message: message, Hint: "nightjar rule export shows what was changed here",
	}}
	if !slices.ContainsFunc(b.faults.Faults, func(o *sigma.Fault) bool { return o.String() == f.String() }) {
		b.faults.Faults = append(b.faults.Faults, f)
	}
}

// settle drops what is known of rules that were rejected after all, orders the
// others, and says which alert.
func (s *Set) settle(all *sigma.Collection) {
	loaded := map[string]bool{}
	parts, generate := map[string]bool{}, map[string]bool{}
	where := func(m *sigma.Meta) string { return fmt.Sprintf("%s:%d", m.File, m.Line) }
	for _, r := range all.Rules {
		loaded[where(&r.Meta)] = true
	}
	for _, r := range all.Correlations {
		loaded[where(&r.Meta)] = true
		for _, ref := range r.Rules {
			parts[ref] = true
			generate[ref] = generate[ref] || r.Generate
		}
	}
	s.infos = slices.DeleteFunc(s.infos, func(i *Info) bool { return i.Scheduled == nil && !loaded[where(i.Meta)] })
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
