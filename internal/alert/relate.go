package alert

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	sqlIncidentIDTaken = `SELECT count(*) FROM alert_incidents WHERE id = ?`

	sqlInsertIncident = `INSERT INTO alert_incidents (number, id, tenant, opened, merged) VALUES (?, ?, ?, ?, 0)`

	// sqlRelatives are the newest alerts about one entity. The bound keeps one
	// that everything is about from costing more than others.
	sqlRelatives = `SELECT a.number, a.incident, a.first, a.last FROM alert_entities e JOIN alert_alerts a ON a.number = e.alert
	WHERE e.tenant = ? AND e.value = ? AND e.kind = ? AND e.alert <> ? ORDER BY e.alert DESC LIMIT 50`

	sqlUsersOfAlerts = `SELECT count(DISTINCT value) FROM alert_entities WHERE tenant = ? AND kind = 'user' AND alert IN (?)`

	sqlIncidentSize = `SELECT count(*) FROM alert_alerts WHERE incident = ?`
	sqlIncidentID   = `SELECT id FROM alert_incidents WHERE number = ?`

	sqlMoveAlerts    = `SELECT number FROM alert_alerts WHERE incident = ? ORDER BY number`
	sqlMoveAlert     = `UPDATE alert_alerts SET incident = ?, revision = ? WHERE number = ?`
	sqlMergeIncident = `UPDATE alert_incidents SET merged = ? WHERE number = ? OR merged = ?`
)

const (
	// hubUsers is how many users an address or application may bring together
	// before it says nothing about them: an office's address, a common client.
	hubUsers = 5
	// maxIncident is how many alerts an incident holds; the next begins another.
	maxIncident = 500
)

// relates reports whether alerts about the same entity of this kind belong
// together. Sites, files, roles and the like are touched by too many.
func relates(kind nightjar.EntityKind) bool {
	switch kind {
	case nightjar.EntityUser, nightjar.EntityMailbox, nightjar.EntitySession, nightjar.EntityDevice, nightjar.EntityAddress, nightjar.EntityApplication:
		return true
	default:
		return false
	}
}

// shared reports whether many who have nothing to do with each other can have
// the same entity of this kind.
func shared(kind nightjar.EntityKind) bool {
	return kind == nightjar.EntityAddress || kind == nightjar.EntityApplication
}

type relative struct {
	Number   int64 `bun:"number"`
	Incident int64 `bun:"incident"`
	First    int64 `bun:"first"`
	Last     int64 `bun:"last"`
}

// relate puts an alert into the incident of its relatives, or begins one. When
// it shares something with several incidents they become one, the oldest.
func (r *recorder) relate(a *kept, fresh []nightjar.Entity, finding string) error {
	var incidents []int64
	for _, e := range fresh {
		found, err := r.relatives(a, e)
		if err != nil {
			return err
		}
		for _, f := range found {
			if f.Incident != 0 && !slices.Contains(incidents, f.Incident) {
				incidents = append(incidents, f.Incident)
			}
		}
	}
	slices.Sort(incidents)
	fit := incidents[:0]
	size := 1
	for _, number := range incidents {
		n := 0
		if err := r.tx.NewRaw(sqlIncidentSize, number).Scan(r.ctx, &n); err != nil {
			return fmt.Errorf("measure an incident: %w", catalog.Translate(err))
		}
		if size+n <= maxIncident {
			fit, size = append(fit, number), size+n
		}
	}
	if len(fit) == 0 {
		if a.incident != 0 {
			return nil
		}
		return r.beginIncident(a, finding)
	}
	if a.incident != 0 && !slices.Contains(fit, a.incident) {
		fit = append(fit, a.incident)
		slices.Sort(fit)
	}
	return r.join(a, fit)
}

// relatives returns the alerts that an entity relates a to.
func (r *recorder) relatives(a *kept, e nightjar.Entity) ([]relative, error) {
	if !relates(e.Kind) {
		return nil, nil
	}
	var found []relative
	if err := r.tx.NewRaw(sqlRelatives, a.Tenant, e.Value, string(e.Kind), a.Number).Scan(r.ctx, &found); err != nil {
		return nil, fmt.Errorf("look for related alerts: %w", catalog.Translate(err))
	}
	from, to := catalog.Micros(a.First.Add(-r.k.related)), catalog.Micros(a.Last.Add(r.k.related))
	found = slices.DeleteFunc(found, func(f relative) bool { return f.Last < from || f.First > to })
	if len(found) == 0 || !shared(e.Kind) {
		return found, nil
	}
	numbers := []int64{a.Number}
	for _, f := range found {
		numbers = append(numbers, f.Number)
	}
	users := 0
	if err := r.tx.NewRaw(sqlUsersOfAlerts, a.Tenant, bun.List(numbers)).Scan(r.ctx, &users); err != nil {
		return nil, fmt.Errorf("count the users of related alerts: %w", catalog.Translate(err))
	}
	if users > hubUsers {
		return nil, nil
	}
	return found, nil
}

func (r *recorder) beginIncident(a *kept, finding string) error {
	id, err := r.freeID("I-", finding, sqlIncidentIDTaken)
	if err != nil {
		return err
	}
	r.counters.Incident++
	a.incident, a.Incident = r.counters.Incident, id
	if _, err := r.tx.NewRaw(sqlInsertIncident, a.incident, id, a.Tenant, catalog.Micros(r.now)).Exec(r.ctx); err != nil {
		return fmt.Errorf("begin an incident: %w", err)
	}
	return r.place(a)
}

// place writes an alert's incident into its row.
func (r *recorder) place(a *kept) error { return r.move(r.ctx, a.incident, a.Number) }

func (r *recorder) move(ctx context.Context, incident, alert int64) error {
	r.counters.Revision++
	if _, err := r.tx.NewRaw(sqlMoveAlert, incident, r.counters.Revision, alert).Exec(ctx); err != nil {
		return fmt.Errorf("move an alert to an incident: %w", err)
	}
	return nil
}

// join puts an alert into the oldest of these incidents, and the others' too.
func (r *recorder) join(a *kept, incidents []int64) error {
	oldest := incidents[0]
	for _, number := range incidents[1:] {
		var alerts []int64
		if err := r.tx.NewRaw(sqlMoveAlerts, number).Scan(r.ctx, &alerts); err != nil {
			return fmt.Errorf("read the alerts of an incident: %w", catalog.Translate(err))
		}
		for _, alert := range alerts {
			if err := r.move(r.ctx, oldest, alert); err != nil {
				return err
			}
		}
		if _, err := r.tx.NewRaw(sqlMergeIncident, oldest, number, number).Exec(r.ctx); err != nil {
			return fmt.Errorf("merge incidents: %w", err)
		}
	}
	var id string
	if err := r.tx.NewRaw(sqlIncidentID, oldest).Scan(r.ctx, &id); err != nil {
		return fmt.Errorf("read the id of an incident: %w", catalog.Translate(err))
	}
	// Alerts of this transaction know their incident too, or would write the old one.
	for _, of := range r.fingerprints {
		for _, other := range of {
			if slices.Contains(incidents, other.incident) {
				other.incident, other.Incident = oldest, id
			}
		}
	}
	a.incident, a.Incident = oldest, id
	return r.place(a)
}
