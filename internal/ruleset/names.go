package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// Names says which rules and packs somebody may name: those of the set, and
// those that are gone and of which something is kept.
type Names struct {
	Set *Set
	// Kept reports whether something is kept of a rule or pack, the other being
	// "". Nil: nothing is.
	Kept func(rule, pack string) (bool, error)
}

// Rule is the id of the rule that is named by its id or, in any case, by its title.
func (n Names) Rule(ref string) (string, error) {
	if info := n.Set.Info(ref); info != nil {
		return info.Label(), nil
	}
	var words, ids []string
	for _, i := range n.Set.infos {
		if strings.EqualFold(i.Title, ref) || strings.EqualFold(i.Label(), ref) {
			return i.Label(), nil
		}
		words, ids = append(words, i.Label(), strings.ToLower(i.Title)), append(ids, i.Label(), i.Label())
	}
	if ok, err := n.kept(ref, ""); ok || err != nil {
		return ref, err
	}
	hint := "the rules' ids are in the list of rules"
	if at := slices.Index(words, spelling.Nearest(strings.ToLower(ref), words)); at >= 0 {
		hint = fmt.Sprintf("did you mean %s, %q?", ids[at], n.Set.Info(ids[at]).Title)
	}
	err := n.Set.Missing(ref, hint)
	err.Code = nightjar.CodeInvalid
	return "", err
}

// Pack is the name of a pack that is named in any case.
func (n Names) Pack(ref string) (string, error) {
	packs := n.Set.Packs()
	if at := slices.IndexFunc(packs, func(p string) bool { return strings.EqualFold(p, ref) }); at >= 0 {
		return packs[at], nil
	}
	if ok, err := n.kept("", ref); ok || err != nil {
		return ref, err
	}
	return "", &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("there is no pack %.100q", ref), Hint: spelling.Hint(ref, packs)}
}

func (n Names) kept(rule, pack string) (bool, error) {
	if n.Kept == nil {
		return false, nil
	}
	return n.Kept(rule, pack)
}

// Settle puts ids and names in the place of what was named.
func (n Names) Settle(rules, packs []string) error {
	for i := range rules {
		var err error
		if rules[i], err = n.Rule(rules[i]); err != nil {
			return err
		}
	}
	for i := range packs {
		var err error
		if packs[i], err = n.Pack(packs[i]); err != nil {
			return err
		}
	}
	return nil
}

// Properties are those of a rule in a tenant; none of one that is gone.
func (n Names) Properties(rule string, tenant nightjar.TenantID) (pack string, tags []string, severity nightjar.Severity) {
	info := n.Set.Info(rule)
	if info == nil {
		return "", nil, ""
	}
	return info.Pack, info.Tags, n.Set.Severity(rule, tenant)
}

// With are the names and those of which something is kept elsewhere too.
func (n Names) With(kept func(rule, pack string) bool) Names {
	before := n.Kept
	n.Kept = func(rule, pack string) (bool, error) {
		if kept(rule, pack) || before == nil {
			return kept(rule, pack), nil
		}
		return before(rule, pack)
	}
	return n
}
