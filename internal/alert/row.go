package alert

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// row is a row of alert_alerts, with the ids that its numbers stand for.
type row struct {
	Number       int64  `bun:"number"`
	ID           string `bun:"id"`
	Tenant       string `bun:"tenant"`
	Rule         string `bun:"rule"`
	Pack         string `bun:"pack"`
	Title        string `bun:"title"`
	Severity     int    `bun:"severity"`
	RuleSeverity int    `bun:"rule_severity"`
	SeverityBy   string `bun:"severity_by"`
	Reason       string `bun:"reason"`
	Status       string `bun:"status"`
	Disposition  string `bun:"disposition"`
	Assignee     string `bun:"assignee"`
	AssigneeName string `bun:"assignee_name"`
	Findings     int64  `bun:"findings"`
	Count        int64  `bun:"count"`
	First        int64  `bun:"first"`
	Last         int64  `bun:"last"`
	Began        int64  `bun:"began"`
	Opened       int64  `bun:"opened"`
	Changed      int64  `bun:"changed"`
	Acknowledged int64  `bun:"acknowledged"`
	Closed       int64  `bun:"closed"`
	Fingerprint  string `bun:"fingerprint"`
	Incident     int64  `bun:"incident"`
	Previous     int64  `bun:"previous"`
	Silence      string `bun:"silence"`
	Inhibitor    string `bun:"inhibitor"`
	Notified     bool   `bun:"notified"`
	Entities     string `bun:"entities"`
	Tags         string `bun:"tags"`
	Latest       string `bun:"latest"`
	Version      int64  `bun:"version"`
	Revision     int64  `bun:"revision"`

	IncidentID string `bun:"incident_id"`
	PreviousID string `bun:"previous_id"`
}

// kept is an alert with the numbers that the catalog knows it by.
type kept struct {
	Alert
	incident int64
	previous int64
}

func (r row) kept() (*kept, error) {
	a := Alert{
		ID: r.ID, Number: r.Number, Tenant: nightjar.TenantID(r.Tenant), Rule: r.Rule, Pack: r.Pack, Title: r.Title,
		Severity: severity(r.Severity), RuleSeverity: severity(r.RuleSeverity), SeverityBy: r.SeverityBy, Reason: r.Reason,
		Status: Status(r.Status), Disposition: Disposition(r.Disposition), Assignee: r.Assignee, AssigneeName: r.AssigneeName,
		Findings: r.Findings, Count: r.Count, First: catalog.Time(r.First), Last: catalog.Time(r.Last), Began: catalog.Time(r.Began), Opened: catalog.Time(r.Opened),
		Changed: catalog.Time(r.Changed), Acknowledged: catalog.Time(r.Acknowledged), Closed: catalog.Time(r.Closed),
		Fingerprint: r.Fingerprint, Incident: r.IncidentID, Previous: r.PreviousID, Silence: r.Silence, Inhibitor: r.Inhibitor,
		Notified: r.Notified, Latest: r.Latest, Version: r.Version, Revision: r.Revision,
	}
	if err := errors.Join(json.Unmarshal([]byte(r.Entities), &a.Entities), json.Unmarshal([]byte(r.Tags), &a.Tags)); err != nil {
		return nil, fmt.Errorf("read the alert %s: %w", r.ID, err)
	}
	return &kept{Alert: a, incident: r.Incident, previous: r.Previous}, nil
}

// severity reads a rank. One that is none is the least, so that what somebody
// else wrote into the catalog raises nothing.
func severity(rank int) nightjar.Severity {
	all := nightjar.Severities()
	if rank < 0 || rank >= len(all) {
		return all[0]
	}
	return all[rank]
}

func readAlerts(ctx context.Context, db bun.IDB, statement string, args ...any) ([]*kept, error) {
	var rows []row
	if err := db.NewRaw(statement, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read alerts: %w", catalog.Translate(err))
	}
	return keptOf(rows)
}

func keptOf(rows []row) ([]*kept, error) {
	out := make([]*kept, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.kept(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readAlert(ctx context.Context, db bun.IDB, id string) (*kept, error) {
	var r row
	err := db.NewRaw(sqlAlertByID, id).Scan(ctx, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, missing(id)
	}
	if err != nil {
		return nil, fmt.Errorf("read an alert: %w", catalog.Translate(err))
	}
	return r.kept()
}

func missing(id string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no alert %.40q", id), Hint: "nightjar alert list shows them"}
}

// insert writes a new alert, and whom it is about.
func (a *kept) insert(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewRaw(sqlInsertAlert, a.Number, a.ID, a.Tenant, a.Rule, a.Pack, a.Title, a.Severity.Rank(), a.RuleSeverity.Rank(), a.SeverityBy, a.Reason,
		a.Status, a.Disposition, a.Assignee, a.AssigneeName, a.Findings, a.Count, catalog.Micros(a.First), catalog.Micros(a.Last), catalog.Micros(a.Began), catalog.Micros(a.Opened), catalog.Micros(a.Changed),
		catalog.Micros(a.Acknowledged), catalog.Micros(a.Closed), a.Fingerprint, a.incident, a.previous, a.Silence, a.Inhibitor, a.Notified,
		encoded(a.Entities), encoded(a.Tags), a.Latest, a.Version, a.Revision).Exec(ctx)
	if err != nil {
		return fmt.Errorf("open an alert: %w", err)
	}
	return insertEntities(ctx, tx, a.Alert, a.Entities)
}

func insertEntities(ctx context.Context, tx bun.Tx, a Alert, entities []nightjar.Entity) error {
	for _, e := range entities {
		if _, err := tx.NewRaw(sqlInsertEntity, a.Tenant, e.Value, e.Kind, a.Number).Exec(ctx); err != nil {
			return fmt.Errorf("keep whom an alert is about: %w", err)
		}
	}
	return nil
}

// update writes an alert that changed.
func (a *kept) update(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewRaw(sqlUpdateAlert, a.Title, a.Severity.Rank(), a.RuleSeverity.Rank(), a.SeverityBy, a.Reason, a.Status, a.Disposition, a.Assignee, a.AssigneeName,
		a.Findings, a.Count, catalog.Micros(a.First), catalog.Micros(a.Last), catalog.Micros(a.Changed), catalog.Micros(a.Acknowledged), catalog.Micros(a.Closed), a.incident,
		a.Silence, a.Inhibitor, a.Notified, encoded(a.Entities), encoded(a.Tags), a.Latest, a.Version, a.Revision, a.Number).Exec(ctx)
	if err != nil {
		return fmt.Errorf("change an alert: %w", err)
	}
	return nil
}

// encoded writes a list or map of texts as JSON, never as null.
func encoded[T any](v []T) string {
	if v == nil {
		return "[]"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "[]" // cannot be: texts and times alone
	}
	return string(b)
}
