package ruleset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// profile is what some tenants have otherwise: what makes their variant.
type profile struct {
	parameters map[[2]string]any // rule and name -> value
	exceptions []Exception
}

// key tells profiles apart.
func (p profile) key() string {
	var parts []string
	for k, v := range p.parameters {
		value, _ := json.Marshal(v) // a value of JSON can be written
		parts = append(parts, fmt.Sprintf("%q %s", k, value))
	}
	for _, e := range p.exceptions {
		parts = append(parts, "exception "+e.ID)
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

// profileOf collects what a tenant has otherwise; "" asks of those of which
// nothing is said.
func (b *builder) profileOf(tenant nightjar.TenantID) profile {
	p := profile{parameters: map[[2]string]any{}}
	for _, all := range []bool{true, false} { // what is said of the tenant counts more
		for _, c := range b.options.Changes.Changes {
			if c.What == ChangeParameter && (c.Tenant == "") == all && (all || c.Tenant == tenant) {
				p.parameters[[2]string{c.Rule, c.Name}] = c.Value
			}
		}
	}
	for _, e := range b.options.Changes.Exceptions {
		if e.Active(b.options.Now) && (len(e.Tenants) == 0 || slices.Contains(e.Tenants, tenant)) {
			p.exceptions = append(p.exceptions, e)
		}
	}
	return p
}

// variants makes a variant for each profile that tenants have.
func (b *builder) variants() {
	plain := b.collect(nil, nil)
	b.set.all = plain
	b.set.settle(plain)
	// What cannot be read is not gone.
	b.set.Faults = append(slices.Clone(b.faults.Faults), plain.Faults...)
	b.checkChanges()
	common := b.profileOf("")
	b.set.variants = []*Variant{b.variant(common)}
	byKey := map[string]*Variant{common.key(): b.set.variants[0]}
	for _, tenant := range b.tenants() {
		p := b.profileOf(tenant)
		v := byKey[p.key()]
		if v == nil {
			v = b.variant(p)
			byKey[p.key()] = v
			b.set.variants = append(b.set.variants, v)
		}
		if v != b.set.variants[0] {
			v.Tenants = append(v.Tenants, tenant)
			b.set.tenants[tenant] = v
		}
	}
	all := b.set.variants[0].Collection
	b.set.Faults = append(b.faults.Faults, all.Faults...)
	slices.SortStableFunc(b.set.Faults, func(x, y *sigma.Fault) int { return strings.Compare(x.File, y.File) })
	b.set.all.Faults = b.set.Faults
	for _, v := range b.set.variants {
		v.Collection.Faults = nil
	}
	b.set.version = b.fingerprint()
}

// tenants are those of which something is said that makes a variant.
func (b *builder) tenants() []nightjar.TenantID {
	found := map[nightjar.TenantID]bool{}
	for _, c := range b.options.Changes.Changes {
		if c.What == ChangeParameter && c.Tenant != "" {
			found[c.Tenant] = true
		}
	}
	for _, e := range b.options.Changes.Exceptions {
		for _, t := range e.Tenants {
			found[t] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func (b *builder) variant(p profile) *Variant {
	touched := map[string]bool{}
	nodes := map[[2]string]*yaml.Node{}
	for key, value := range p.parameters {
		if info := b.set.byLabel[key[0]]; info == nil || info.checkParameter(key[1], value) != nil {
			continue // checkChanges said so
		}
		var n yaml.Node
		if n.Encode(value) == nil {
			nodes[key], touched[key[0]] = &n, true
		}
	}
	over := overrides(func(rule, name string) *yaml.Node { return nodes[[2]string{rule, name}] })
	all := b.collect(over, touched)
	docs := b.documents(over)
	excepted := map[string][]string{}
	x := &excepter{all: all, alerts: func(label string) bool { i := b.set.byLabel[label]; return i != nil && i.Alerts }}
	for _, e := range p.exceptions {
		keep, err := e.keep()
		if err != nil {
			b.warn(e.Rule, "exception "+e.ID, 0, err.Error())
			continue
		}
		if x.except(e.Rule, keep) {
			where, _ := json.Marshal(e.Where) // it came from JSON
			excepted[e.Rule] = append(excepted[e.Rule], string(where))
		}
	}
	v := &Variant{Collection: all, versions: versions(all, docs, excepted)}
	b.dropIdle(all)
	return v
}

// documents returns the fingerprints of all documents, by file and line.
func (b *builder) documents(over overrides) map[string]string {
	out := map[string]string{}
	for _, f := range b.files {
		for _, doc := range f.expanded(over) {
			out[fmt.Sprintf("%s:%d", f.name, doc.Line)] = fingerprint(doc)
		}
	}
	return out
}

// dropIdle takes out the rules that are off for everybody and that no
// correlation in force needs.
func (b *builder) dropIdle(all *sigma.Collection) {
	idle := func(m *sigma.Meta, needed map[string]bool) bool {
		info := b.set.byLabel[m.Label()]
		if needed[m.ID] || needed[m.Name] || info == nil {
			return false
		}
		return !info.Alerts || !b.set.OnAnywhere(info)
	}
	for {
		needed := map[string]bool{}
		for _, c := range all.Correlations {
			for _, ref := range c.Rules {
				needed[ref] = true
			}
		}
		delete(needed, "")
		before := len(all.Correlations)
		all.Correlations = slices.DeleteFunc(all.Correlations, func(c *sigma.Correlation) bool { return idle(&c.Meta, needed) })
		if len(all.Correlations) == before {
			all.Rules = slices.DeleteFunc(all.Rules, func(r *sigma.Rule) bool { return idle(&r.Meta, needed) })
			return
		}
	}
}

// fingerprint is that of everything in force.
func (b *builder) fingerprint() string {
	h := sha256.New()
	for _, v := range b.set.variants {
		fmt.Fprintf(h, "%q\n", v.Tenants)
		for _, label := range slices.Sorted(maps.Keys(v.versions)) {
			fmt.Fprintf(h, "%q %s\n", label, v.versions[label])
		}
	}
	for _, i := range b.set.infos {
		fmt.Fprintf(h, "%q %q %q\n", i.Text, i.File, i.Pack)
	}
	_ = json.NewEncoder(h).Encode(b.options.Changes) // values of JSON
	return hex.EncodeToString(h.Sum(nil)[:16])
}
