package alert

import (
	"fmt"
	"slices"
)

// sqlSources are open alerts about an entity that others were told of. The
// bound keeps an entity that everything is about from costing more.
const sqlSources = alertRead + ` WHERE a.number IN (SELECT e.alert FROM alert_entities e WHERE e.tenant = ? AND e.value = ? AND e.kind = ? AND e.alert <> ? ORDER BY e.alert DESC LIMIT 200)
	AND a.status <> 'closed' AND a.silence = '' ORDER BY a.number`

// suppress says anew what keeps an alert quiet, and remembers when that
// changed.
func (r *recorder) suppress(a *kept) error {
	silence, inhibitor, err := r.judge(a)
	if err != nil || silence == a.Silence && inhibitor == a.Inhibitor {
		return err
	}
	return r.hide(a, silence, inhibitor)
}

// judge says what is to keep an alert quiet; "" for nothing.
func (r *recorder) judge(a *kept) (silence, inhibitor string, err error) {
	for _, s := range r.quiet {
		if !s.covers(a.Alert) {
			continue
		}
		if s.Kind == KindSilence {
			return s.ID, "", nil
		}
		source, err := r.source(s, a)
		if err != nil {
			return "", "", err
		}
		if source != "" {
			return s.ID, source, nil
		}
	}
	return "", "", nil
}

// hide changes what keeps an alert quiet. What it hides itself is looked at
// again, by finish: else nobody would be told of either.
func (r *recorder) hide(a *kept, silence, inhibitor string) error {
	if silence != "" && !a.Suppressed() {
		r.hushed = append(r.hushed, a.ID)
	}
	l := historyLine{action: HistorySilenced, was: a.Silence, became: silence}
	if silence == "" {
		l.action = HistoryUnsilenced
	}
	a.Silence, a.Inhibitor = silence, inhibitor
	return r.remember(a, l)
}

// source returns the open alert that hides a by an inhibition. One that is
// quiet itself hides nothing: then nobody would be told of either.
func (r *recorder) source(s Silence, a *kept) (string, error) {
	for _, e := range a.Entities {
		if len(s.Shared) > 0 && !slices.Contains(s.Shared, e.Kind) {
			continue
		}
		found, err := readAlerts(r.ctx, r.tx, sqlSources, a.Tenant, e.Value, string(e.Kind), a.Number)
		if err != nil {
			return "", fmt.Errorf("look for what inhibits an alert: %w", err)
		}
		for _, other := range found {
			if matchAll(s.Sources, other.Alert) {
				return other.ID, nil
			}
		}
	}
	return "", nil
}
