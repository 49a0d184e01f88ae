package detect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/correlate"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// machine is the state of one correlation, with those that it rests on. Each
// has its own, so that one that changes begins anew and all others go on, and
// one that fails stops alone.
type machine struct {
	key     string // which correlation it is, and for whom, whatever its text
	version string // of its text, and of all that it rests on
	rules   []*sigma.Rule
	chain   []*sigma.Correlation // what others rest on first
	says    map[*sigma.Correlation]*speaker
	tenants []nightjar.TenantID // that it watches; nil watches all

	state *correlate.Correlator
	// seq is the last commit that the state has seen.
	seq int64
	// since is the last commit of which nothing is found: the state was warmed
	// up with it.
	since   int64
	failure error // it is out of order since
	saved   saved
}

// saved is how a machine stands in the catalog.
type saved struct {
	seq    int64
	failed bool
	at     time.Time
	events int64 // that the stream had observed
}

// newMachines makes a machine of each correlation of a variant on which no
// other rests, with all that it rests on.
func newMachines(set *ruleset.Set, v *ruleset.Variant, source *sigma.Source) ([]*machine, error) {
	named := map[string]*sigma.Correlation{}
	for _, c := range v.Collection.Correlations {
		named[c.ID], named[c.Name] = c, c
	}
	delete(named, "")
	used := map[*sigma.Correlation]bool{}
	for _, c := range v.Collection.Correlations {
		for _, ref := range c.Rules {
			if inner := named[ref]; inner != nil {
				used[inner] = true
			}
		}
	}
	var out []*machine
	spoken := map[*sigma.Correlation]bool{} // one that several rest on speaks once
	for _, top := range v.Collection.Correlations {
		if used[top] {
			continue
		}
		m := &machine{
			key: machineKey(top.Label(), v.Tenants), version: v.Version(top.Label()),
			says: map[*sigma.Correlation]*speaker{}, tenants: v.Tenants,
		}
		m.collect(top, v.Collection, named)
		for _, c := range m.chain {
			if spoken[c] {
				continue
			}
			spoken[c] = true
			s, err := newSpeaker(set.Info(c.Label()), v.Version(c.Label()))
			if err != nil {
				return nil, err
			}
			if s != nil {
				m.says[c] = s
			}
		}
		// One that cannot be evaluated is out of order; the others go on.
		m.state, m.failure = correlate.New(m.config(source))
		out = append(out, m)
	}
	return out, nil
}

// machineKey names a machine: those of other tenants are others.
func machineKey(label string, tenants []nightjar.TenantID) string {
	parts := make([]string, len(tenants))
	for i, t := range tenants {
		parts[i] = string(t)
	}
	slices.Sort(parts)
	return strings.Join(append([]string{label}, parts...), " ")
}

// collect adds a correlation and what it rests on, that first.
func (m *machine) collect(c *sigma.Correlation, all *sigma.Collection, named map[string]*sigma.Correlation) {
	if slices.Contains(m.chain, c) {
		return
	}
	for _, ref := range c.Rules {
		if inner := named[ref]; inner != nil {
			m.collect(inner, all, named)
			continue
		}
		for _, r := range all.Rules {
			if (r.ID == ref || r.Name == ref) && !slices.Contains(m.rules, r) {
				m.rules = append(m.rules, r)
			}
		}
	}
	m.chain = append(m.chain, c)
}

func (m *machine) config(source *sigma.Source) correlate.Config {
	return correlate.Config{Correlations: m.chain, Rules: m.rules, Source: source}
}

// reset empties its state.
func (m *machine) reset(source *sigma.Source) (err error) {
	m.seq = 0
	m.state, err = correlate.New(m.config(source))
	return err
}

// label is the id of the correlation on which no other rests.
func (m *machine) label() string { return m.chain[len(m.chain)-1].Label() }

func (m *machine) watches(tenant nightjar.TenantID) bool {
	return m.tenants == nil || slices.Contains(m.tenants, tenant)
}

// watch adds tenants to those that it watches; nil are all.
func (m *machine) watch(tenants []nightjar.TenantID) {
	if m.tenants == nil {
		return
	}
	if tenants == nil {
		m.tenants = nil
	} else {
		m.tenants = append(slices.Clone(m.tenants), tenants...)
	}
	m.key = machineKey(m.label(), m.tenants)
}

// speaksOf reports whether findings of that rule are its own.
func (m *machine) speaksOf(label string) bool {
	for _, s := range m.says {
		if s.label == label {
			return true
		}
	}
	return false
}

// goesOn takes over what m was, when it asks the same as before.
func (m *machine) goesOn(before *machine) {
	labels := map[string]*speaker{}
	for _, s := range m.says {
		labels[s.label] = s
	}
	// The state knows the correlations of then, which are the same but in name.
	m.rules, m.chain, m.state = before.rules, before.chain, before.state
	m.seq, m.since, m.failure = before.seq, before.since, before.failure
	m.says = map[*sigma.Correlation]*speaker{}
	for _, c := range m.chain {
		if s := labels[c.Label()]; s != nil {
			m.says[c] = s
		}
	}
}

// save writes its state.
func (m *machine) save() ([]byte, error) {
	var b bytes.Buffer
	err := m.state.Snapshot(&b)
	return b.Bytes(), err
}

// load reads what save wrote. False says that it cannot go on from there.
func (m *machine) load(state []byte, source *sigma.Source) (bool, error) {
	c, fresh, err := correlate.Restore(m.config(source), bytes.NewReader(state))
	if err != nil || len(fresh) > 0 {
		return false, err
	}
	m.state = c
	return true, nil
}

func (m *machine) failed() bool { return m.failure != nil }

// past reports whether it is out of order, or has seen a commit before it was
// restored.
func (m *machine) past(seq int64) bool { return m.failed() || seq != 0 && seq <= m.seq }

// observe hands over what one event matched, or only that it was. A fault in
// it is its own: it is out of order from then on, and says why.
func (m *machine) observe(tenant nightjar.TenantID, at, ingested time.Time, matches []correlate.Match) (hits []correlate.Hit) {
	defer func() {
		if r := recover(); r != nil {
			m.failure = &nightjar.Error{Code: nightjar.CodeInternal, Message: fmt.Sprintf("rule %s: %v", m.label(), r)}
			hits = nil
		}
	}()
	if len(matches) == 0 {
		return m.state.Advance(tenant, at, ingested)
	}
	return m.state.Observe(matches)
}
