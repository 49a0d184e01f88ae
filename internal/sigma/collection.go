package sigma

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// maxFile is the largest file of rules; all of SigmaHQ in one has 11 MB.
const maxFile = 64 << 20

// Collection is a set of rules that were read together.
type Collection struct {
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
	// Faults are the rules that were rejected, with the reason of each, and
	// warnings about others.
	Faults []*Fault
}

// Options are what reading rules needs besides the rules.
type Options struct {
	// Placeholders are the values of %name% for the modifier expand. A rule
	// with a placeholder that has none is rejected.
	Placeholders map[string][]string
}

// Load reads rules from files and from folders with all below them: each file
// that ends in .yml or .yaml. The error says that a path cannot be read; what
// is wrong with rules is in the faults.
func Load(paths []string, o Options) (*Collection, error) {
	all := &Collection{}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			hidden := file != path && strings.HasPrefix(d.Name(), ".")
			if d.IsDir() {
				if hidden {
					return filepath.SkipDir
				}
				return nil
			}
			ext := strings.ToLower(filepath.Ext(file))
			if hidden || file != path && ext != ".yml" && ext != ".yaml" {
				return nil
			}
			return all.read(file, o)
		})
		if err != nil {
			return nil, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "read rules", Hint: "name a file or a folder with rules", Err: err}
		}
	}
	all.Resolve()
	return all, nil
}

func (c *Collection) read(file string, o Options) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		c.fault(Meta{File: file}, tooMuch(0, "the file has more than %d MiB", maxFile>>20))
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	c.Merge(Parse(file, data, o.Placeholders))
	return nil
}

// Merge adds the rules of another collection. Call Resolve after the last.
func (c *Collection) Merge(other *Collection) {
	c.Rules = append(c.Rules, other.Rules...)
	c.Correlations = append(c.Correlations, other.Correlations...)
	c.Filters = append(c.Filters, other.Filters...)
	c.Faults = append(c.Faults, other.Faults...)
}

// Resolve applies the filters, follows the references of correlations, and
// rejects those that lead nowhere. It is called once.
func (c *Collection) Resolve() {
	c.warnOfTwins()
	for _, f := range c.Filters {
		used := false
		for _, r := range c.Rules {
			if f.applies(r) {
				used = true
				r.Expr = &Expr{Kind: And, Kids: []*Expr{r.Expr, f.Keep}}
				r.Filtered = append(r.Filtered, f.Label())
			}
		}
		if !used {
			c.warn(f.Meta, nightjar.CodeNotFound, "the filter applies to no rule")
		}
	}
	c.resolveCorrelations()
	slices.SortStableFunc(c.Faults, func(a, b *Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

func (c *Collection) warn(meta Meta, code nightjar.Code, message string) {
	c.Faults = append(c.Faults, &Fault{
		File: meta.File, Line: meta.Line, Rule: meta.Label(), Warning: true,
		Err: &nightjar.Error{Code: code, Message: message},
	})
}

// warnOfTwins says which ids are used twice. Both rules run: to drop one would
// be to miss attacks because of somebody's copy.
func (c *Collection) warnOfTwins() {
	first := map[string]*Meta{}
	for _, m := range c.metas() {
		if m.ID == "" {
			continue
		}
		if other := first[m.ID]; other != nil {
			c.warn(*m, nightjar.CodeConflict, fmt.Sprintf("id %s is also that of the rule at %s:%d", m.ID, other.File, other.Line))
			continue
		}
		first[m.ID] = m
	}
}

func (c *Collection) metas() []*Meta {
	var all []*Meta
	for _, r := range c.Rules {
		all = append(all, &r.Meta)
	}
	for _, r := range c.Correlations {
		all = append(all, &r.Meta)
	}
	return all
}

// Rejected returns the faults that kept a rule from being loaded.
func (c *Collection) Rejected() []*Fault {
	return slices.DeleteFunc(slices.Clone(c.Faults), func(f *Fault) bool { return f.Warning })
}

// resolveCorrelations rejects correlations whose references lead nowhere or in
// a circle, and those that depend on them, until none is left.
func (c *Collection) resolveCorrelations() {
	for {
		known := map[string]bool{}
		for _, m := range c.metas() {
			known[m.ID], known[m.Name] = true, true
		}
		delete(known, "")
		before := len(c.Correlations)
		c.Correlations = slices.DeleteFunc(c.Correlations, func(r *Correlation) bool {
			for _, ref := range r.Rules {
				if !known[ref] {
					c.fault(r.Meta, missing(r.line, "load the rule with that id or name too", "the correlation refers to %q, which is not loaded", ref))
					return true
				}
			}
			if c.reaches(r, r, map[*Correlation]bool{}) {
				c.fault(r.Meta, invalid(r.line, "the correlation refers to itself, directly or through others"))
				return true
			}
			return false
		})
		if len(c.Correlations) == before {
			return
		}
	}
}

// reaches reports whether from refers, directly or through others, to target.
func (c *Collection) reaches(from, target *Correlation, seen map[*Correlation]bool) bool {
	for _, r := range c.Correlations {
		if r == nil || !slices.ContainsFunc(from.Rules, func(ref string) bool { return ref == r.ID || ref == r.Name }) {
			continue
		}
		if r == target {
			return true
		}
		if !seen[r] {
			seen[r] = true
			if c.reaches(r, target, seen) {
				return true
			}
		}
	}
	return false
}
