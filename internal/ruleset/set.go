package ruleset

import (
	"cmp"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Mode says what becomes of what a rule finds.
type Mode string

// The modes.
const (
	On     Mode = "on"
	DryRun Mode = "dry_run" // findings are kept and alert nobody
	Off    Mode = "off"
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{On, DryRun, Off} }

// Fault is what is wrong with a rule, where it is written.
type Fault = sigma.Fault

// Set is the rules in force at one time. It never changes; a change of rules
// makes another.
type Set struct {
	// Faults are what is wrong with rules; those without Warning are not loaded.
	Faults []*sigma.Fault

	infos    []*Info           // in the order of folders, files and lines
	all      *sigma.Collection // with the rules' own parameters
	byLabel  map[string]*Info
	variants []*Variant // the first is for whom no other is
	tenants  map[nightjar.TenantID]*Variant
	version  string
	changes  Changes
	now      time.Time
	folders  []Folder
	adopted  map[string]bool   // files that nobody named
	texts    map[string][]byte // of the files, by name
}

// Variant is the rules as some tenants have them: with their parameters and
// exceptions.
type Variant struct {
	// Collection is resolved. Rules that are off for everybody are not in it,
	// but for those that a correlation needs.
	Collection *sigma.Collection
	// Tenants are those that it is for; nil for all that no other names.
	Tenants []nightjar.TenantID

	versions map[string]string // by label
}

// Version is the fingerprint of a rule as these tenants have it: its text,
// parameters, exceptions and, of a correlation, those of the rules it uses.
func (v *Variant) Version(label string) string { return v.versions[label] }

// All returns all rules that were read, with their own parameters, also those
// that are off.
func (s *Set) All() *sigma.Collection { return s.all }

// Named reports whether somebody named a file, or its folder: not where merely
// a correlation of a file that was named rests on rules of it.
func (s *Set) Named(file string) bool { return !s.adopted[file] }

// Variants lists the variants; the first is for all tenants that no other names.
func (s *Set) Variants() []*Variant { return s.variants }

// For returns the variant of a tenant.
func (s *Set) For(tenant nightjar.TenantID) *Variant {
	return cmp.Or(s.tenants[tenant], s.variants[0])
}

// Version is the fingerprint of everything in force.
func (s *Set) Version() string { return s.version }

// Infos lists what is known of each rule, informational ones and parts of
// correlations included.
func (s *Set) Infos() []*Info { return slices.Clone(s.infos) }

// Info returns what is known of a rule by its label; nil when there is none.
func (s *Set) Info(label string) *Info { return s.byLabel[label] }

// Mode says what becomes of what a rule finds in a tenant; "" asks of those of
// which nothing is said. What never alerts is off.
func (s *Set) Mode(label string, tenant nightjar.TenantID) Mode {
	info := s.byLabel[label]
	if info == nil || !info.Alerts {
		return Off
	}
	if v, ok := s.changes.value(ChangeMode, info, tenant); ok {
		if mode, _ := v.(string); slices.Contains(Modes(), Mode(mode)) {
			return Mode(mode)
		}
	}
	return On
}

// PackMode is what was said of a pack; what is said of its rules counts more.
func (s *Set) PackMode(pack string, tenant nightjar.TenantID) Mode {
	if v, ok := s.changes.value(ChangeMode, &Info{Meta: &sigma.Meta{}, Pack: pack}, tenant); ok {
		if mode, _ := v.(string); slices.Contains(Modes(), Mode(mode)) {
			return Mode(mode)
		}
	}
	return On
}

// OnAnywhere reports whether a rule is not off in some tenant.
func (s *Set) OnAnywhere(info *Info) bool {
	if s.Mode(info.Label(), "") != Off {
		return true
	}
	for _, c := range s.changes.Changes {
		if c.What == ChangeMode && c.Tenant != "" && s.Mode(info.Label(), c.Tenant) != Off {
			return true
		}
	}
	return false
}

// Severity is that of a rule's findings in a tenant.
func (s *Set) Severity(label string, tenant nightjar.TenantID) nightjar.Severity {
	info := s.byLabel[label]
	if info == nil {
		return nightjar.SeverityInformational
	}
	if v, ok := s.changes.value(ChangeSeverity, info, tenant); ok {
		if text, _ := v.(string); nightjar.Severity(text).Rank() >= 0 {
			return nightjar.Severity(text)
		}
	}
	return info.Severity
}

// Value is that of a parameter in a tenant.
func (s *Set) Value(info *Info, parameter string, tenant nightjar.TenantID) any {
	p, _ := info.Parameter(parameter)
	value, rank := p.Value, 0
	for _, c := range s.changes.Changes {
		if c.What != ChangeParameter || c.Rule != info.Label() || c.Name != parameter || p.takes(c.Value) != nil {
			continue
		}
		switch {
		case c.Tenant == "" && rank == 0:
			value, rank = c.Value, 1
		case c.Tenant != "" && c.Tenant == tenant:
			value, rank = c.Value, 2
		}
	}
	return value
}

// Changes are what people here have otherwise than the rules.
func (s *Set) Changes() Changes { return s.changes }

// Folders are where the rules come from.
func (s *Set) Folders() []Folder { return slices.Clone(s.folders) }

// Packs lists the packs, in order.
func (s *Set) Packs() []string {
	var packs []string
	for _, i := range s.infos {
		if !slices.Contains(packs, i.Pack) {
			packs = append(packs, i.Pack)
		}
	}
	slices.Sort(packs)
	return packs
}
