package detect

import (
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// Tried returns the rules of a set as they would be if none were switched off,
// with the parameters and exceptions that they have: what a backtest asks.
func Tried(set *ruleset.Set, o ruleset.Options) (*ruleset.Set, error) {
	o.Changes = set.Changes()
	o.Changes.Changes = slices.DeleteFunc(slices.Clone(o.Changes.Changes), func(c ruleset.Change) bool { return c.What == ruleset.ChangeMode })
	if len(o.Changes.Changes) == len(set.Changes().Changes) {
		return set, nil
	}
	tried, err := ruleset.Load(set.Folders(), o)
	if err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeOf(err), Message: "read the rules", Err: err}
	}
	return tried, nil
}
