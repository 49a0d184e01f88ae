package ruleset

import (
	"cmp"
	"slices"

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

// Set is the rules in force at one time. It never changes; a change of rules
// makes another.
type Set struct {
	// Faults are what is wrong with rules; those without Warning are not loaded.
	Faults []*sigma.Fault

	infos    []*Info // in the order of folders, files and lines
	byLabel  map[string]*Info
	variants []*Variant // the first is for whom no other is
	tenants  map[nightjar.TenantID]*Variant
	version  string
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

// Mode says what becomes of what a rule finds in a tenant. What never alerts is off.
func (s *Set) Mode(label string, _ nightjar.TenantID) Mode {
	info := s.byLabel[label]
	if info == nil || !info.Alerts {
		return Off
	}
	return On
}

// Severity is that of a rule's findings in a tenant.
func (s *Set) Severity(label string, _ nightjar.TenantID) nightjar.Severity {
	if info := s.byLabel[label]; info != nil {
		return info.Severity
	}
	return nightjar.SeverityInformational
}

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
