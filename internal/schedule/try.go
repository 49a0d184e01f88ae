package schedule

import (
	"context"
	"fmt"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// Try asks a rule's question where nothing is stored, as those of whom nothing
// else is said have it, and returns the columns of the answer. What is wrong
// with the question itself shows, whatever is collected.
func Try(ctx context.Context, lab Lab, set *ruleset.Set, info *ruleset.Info) ([]string, error) {
	at := ruleset.TestStart()
	tenant, asker, err := lab.Hold(ctx, at.Add(info.Scheduled.Delay), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("try rule %s: %w", info.Label(), err)
	}
	sql, err := info.SQL(func(name string) any { return set.Value(info, name, "") }, at.Add(-info.Scheduled.Lookback), at)
	if err != nil {
		return nil, err //nolint:wrapcheck // says which rule it is
	}
	answer, err := answered(ctx, asker, info, sql, []nightjar.Tenant{tenant})
	return answer.Columns, err
}
