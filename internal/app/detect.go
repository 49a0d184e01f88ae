package app

import (
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// detection watches the journal with the rules in force.
func (a *App) detection(rules *ruleset.Keeper) (*detect.Stream, error) {
	return detect.NewStream(detect.StreamConfig{ //nolint:wrapcheck // a mistake in the wiring, named already
		Journal: a.journal, Catalog: a.catalog, Recorder: a.alerts, Rules: rules.Current,
		TenantName: a.tenantName, Clock: a.clock, Logger: a.log.With("part", "detect"), Registerer: a.registerer, Warnings: a.registry,
	})
}
