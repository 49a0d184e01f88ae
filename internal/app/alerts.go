package app

import (
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// Alerts returns the keeper of findings, alerts and silences.
func (a *App) Alerts() *alert.Keeper { return a.alerts }

// openAlerts opens what people decide about.
func (a *App) openAlerts() (err error) {
	a.alerts, err = alert.New(alert.Config{Catalog: a.catalog, Clock: a.clock, Audit: a.audit, Outbox: a.notifier, Pack: a.packOf, Registerer: a.registerer})
	return err //nolint:wrapcheck // says what it lacks
}

// packOf says which pack a rule is of, by the rules in force. Findings come
// from those, so they are loaded; it waits for nobody, since it is asked within
// a transaction.
func (a *App) packOf(rule string) string {
	if !a.ruleKeeper.mu.TryLock() {
		return ""
	}
	defer a.ruleKeeper.mu.Unlock()
	if a.ruleKeeper.keeper == nil {
		return ""
	}
	if info := a.ruleKeeper.keeper.Current().Info(rule); info != nil {
		return info.Pack
	}
	return ""
}

// alertCopier brings findings and alerts where they can be queried.
func (a *App) alertCopier() (*alert.Copier, error) {
	return alert.NewCopier(alert.CopierConfig{Keeper: a.alerts, Store: appender{a.journal}, Logger: a.log.With("part", "alerts")})
}
