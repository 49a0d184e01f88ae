package app

import (
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// rules are those that are in force.
func (a *App) rules() (*ruleset.Set, error) {
	set, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		return nil, err //nolint:wrapcheck // names the folder already
	}
	for _, f := range set.Faults {
		a.log.Warn("a rule is not as it should be", "fault", f.String())
	}
	return set, nil
}

// detection watches the journal with the rules in force.
func (a *App) detection() (*detect.Stream, error) {
	set, err := a.rules()
	if err != nil {
		return nil, err
	}
	return detect.NewStream(detect.StreamConfig{ //nolint:wrapcheck // a mistake in the wiring, named already
		Journal: a.journal, Catalog: a.catalog, Recorder: a.alerts, Rules: func() *ruleset.Set { return set },
		TenantName: a.tenantName, Clock: a.clock, Logger: a.log.With("part", "detect"), Registerer: a.registerer, Warnings: a.registry,
	})
}
