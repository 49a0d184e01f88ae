package alert

import (
	"context"
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// Alerted reports whether a rule or a pack, the other being "", has alerts of
// tenants (nil means all). Those of rules that are gone are still asked for.
func (k *Keeper) Alerted(ctx context.Context, tenants []nightjar.TenantID, rule, pack string) (bool, error) {
	found, _, err := k.List(ctx, Filter{Tenants: tenants, Rule: rule, Pack: pack, Limit: 1})
	return len(found) > 0, err
}

// statusOpen stands for new and acknowledged where alerts are asked for.
const statusOpen = "open"

// ParseStatuses reads the statuses that alerts are asked for by: also open,
// which is new and acknowledged.
func ParseStatuses(texts []string) ([]Status, error) {
	var out []Status
	add := func(s Status) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, text := range texts {
		switch {
		case text == statusOpen:
			add(StatusNew)
			add(StatusAcknowledged)
		case slices.Contains(Statuses(), Status(text)):
			add(Status(text))
		default:
			words := []string{statusOpen}
			for _, s := range Statuses() {
				words = append(words, string(s))
			}
			return nil, invalid(spelling.Hint(text, words), "there is no status %.40q", text)
		}
	}
	return out, nil
}
