package correlate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// maxRules is how many rules a correlation may name.
const maxRules = 64

// define makes the definitions, those that others rest on before them, and
// says which rules they listen to.
func (c *Correlator) define() error {
	c.targets = map[*sigma.Rule][]target{}
	labels := map[string]*sigma.Rule{}
	for _, r := range c.cfg.Rules {
		labels[r.Label()] = r
	}
	done := map[*sigma.Correlation]int{}
	types := makers()
	taken := map[string]int{}
	var add func(r *sigma.Correlation, depth int) error
	add = func(r *sigma.Correlation, depth int) error {
		if _, ok := done[r]; ok {
			return nil
		}
		switch {
		case types[r.Type] == nil:
			return refused(r, "correlations of type %s are not evaluated", r.Type)
		case len(r.Rules) > maxRules:
			return refused(r, "a correlation names at most %d rules, this names %d", maxRules, len(r.Rules))
		case depth > len(c.cfg.Correlations):
			return refused(r, "the correlation rests on itself")
		}
		d := &definition{
			Correlation: r, label: r.Label(), span: int64(r.Timespan), lateness: int64(c.cfg.Lateness), limits: c.cfg, stats: &c.stats,
			source: c.cfg.Source, reads: map[string][]sigma.Field{}, make: types[r.Type], lookup: func(label string) *sigma.Rule { return labels[label] },
		}
		// Two of one name are told apart by their order.
		if taken[d.label]++; taken[d.label] > 1 {
			d.label = fmt.Sprintf("%s#%d", d.label, taken[d.label])
		}
		version := sha256.New()
		describe(version, r)
		var inner []*definition
		for _, ref := range r.Rules {
			for _, other := range c.cfg.Correlations {
				if names(&other.Meta, ref) {
					if err := add(other, depth+1); err != nil {
						return err
					}
					in := c.defs[done[other]]
					inner = append(inner, in)
					fmt.Fprintln(version, in.version)
				}
			}
			for _, rule := range c.cfg.Rules {
				if names(&rule.Meta, ref) {
					fingerprint(version, rule.Expr)
				}
			}
		}
		d.version = hex.EncodeToString(version.Sum(nil)[:16])
		for _, in := range inner {
			d.delay = max(d.delay, in.delay+in.wait())
		}
		done[r] = len(c.defs)
		c.defs = append(c.defs, d)
		return nil
	}
	for _, r := range c.cfg.Correlations {
		if err := add(r, 0); err != nil {
			return err
		}
	}
	for i, d := range c.defs {
		for k, ref := range d.Rules {
			for _, rule := range c.cfg.Rules {
				if names(&rule.Meta, ref) {
					c.targets[rule] = append(c.targets[rule], target{i, k})
				}
			}
			for _, in := range c.defs {
				if names(&in.Meta, ref) {
					in.outer = append(in.outer, target{i, k})
				}
			}
		}
	}
	return nil
}

func names(m *sigma.Meta, ref string) bool { return m.ID == ref || m.Name == ref }

func refused(r *sigma.Correlation, format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("correlation %s: %s", r.Label(), fmt.Sprintf(format, args...))}
}

// wait is how long after its last event a hit may be decided.
func (d *definition) wait() int64 {
	if d.deferred() {
		return d.span
	}
	return 0
}

// describe writes what a correlation asks, without what it says of itself.
func describe(w io.Writer, r *sigma.Correlation) {
	bare := *r
	bare.Meta = sigma.Meta{}
	// All of its exported fields have a form in JSON, with maps in order.
	if err := json.NewEncoder(w).Encode(&bare); err != nil {
		fmt.Fprintln(w, r.ID, err)
	}
}

// fingerprint writes what a rule asks.
func fingerprint(w io.Writer, e *sigma.Expr) {
	fmt.Fprintf(w, "(%d", e.Kind)
	if e.Test != nil {
		fmt.Fprintf(w, " %q %q", e.Test.Field, e.Test.Key())
	}
	for _, kid := range e.Kids {
		fingerprint(w, kid)
	}
	fmt.Fprint(w, ")")
}
