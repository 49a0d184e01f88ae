package app

import (
	"context"
	"sync"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// ruleKeeper is the keeper of rules once somebody asked for it: most commands
// need none, and reading all rules takes its time.
type ruleKeeper struct {
	mu     sync.Mutex
	keeper *ruleset.Keeper
}

// Rules returns the keeper of the rules in force.
func (a *App) Rules(ctx context.Context) (*ruleset.Keeper, error) {
	a.ruleKeeper.mu.Lock()
	defer a.ruleKeeper.mu.Unlock()
	if a.ruleKeeper.keeper == nil {
		k, err := ruleset.New(ctx, ruleset.Config{
			Catalog: a.catalog, Clock: a.clock, Logger: a.log.With("part", "rules"), Folders: a.opt.Config.Rules.Folders(), Warnings: a.registry,
		})
		if err != nil {
			return nil, err //nolint:wrapcheck // says what it was reading
		}
		a.ruleKeeper.keeper = k
	}
	return a.ruleKeeper.keeper, nil
}
