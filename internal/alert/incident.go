package alert

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Incident is alerts of one tenant that share somebody or something and lie
// close together in time. What it says is made of its alerts when it is read.
type Incident struct {
	ID       string // "I-…"
	Number   int64
	Tenant   nightjar.TenantID
	Title    string
	Severity nightjar.Severity // the highest of its alerts
	Alerts   int64
	Open     int64 // alerts that are not closed
	Findings int64
	First    time.Time
	Last     time.Time
	Opened   time.Time
	Tactics  []string
	Tags     []string
	Entities []Involved // those of the most alerts first
}

// Involved is an entity and how many alerts of an incident are about it.
type Involved struct {
	nightjar.Entity
	Alerts int64
}

// IncidentFilter chooses incidents.
type IncidentFilter struct {
	Tenants []nightjar.TenantID // nil means all, empty none
	Open    *bool               // with an alert that is not closed, or without
	Several bool                // of more than one alert
	Cursor  string
	Limit   int // 0 means 100; at most 200
}

const (
	// maxIncidents bounds a page: each incident is read with its alerts.
	maxIncidents = 200
	// incidentPage is of how many incidents the alerts are held at once.
	incidentPage = 20
)

type incidentRow struct {
	Number int64  `bun:"number"`
	ID     string `bun:"id"`
	Tenant string `bun:"tenant"`
	Opened int64  `bun:"opened"`
	Merged int64  `bun:"merged"`
}

const (
	sqlIncidentByID     = `SELECT number, id, tenant, opened, merged FROM alert_incidents WHERE id = ?`
	sqlIncidentByNumber = `SELECT number, id, tenant, opened, merged FROM alert_incidents WHERE number = ?`
	sqlAlertsOf         = alertRead + ` WHERE a.incident IN (?) ORDER BY a.number`
)

// Incidents returns incidents, the newest first, and the cursor of the next
// page, "" at the end.
func (k *Keeper) Incidents(ctx context.Context, f IncidentFilter) (out []Incident, next string, err error) {
	if f.Tenants != nil && len(f.Tenants) == 0 {
		return nil, "", nil
	}
	limit := defaultLimit
	if f.Limit > 0 {
		limit = min(f.Limit, maxIncidents)
	}
	q := k.db.NewSelect().TableExpr("alert_incidents AS i").ColumnExpr("i.number, i.id, i.tenant, i.opened, i.merged").Where("i.merged = 0")
	if f.Tenants != nil {
		q = q.Where("i.tenant IN (?)", bun.List(f.Tenants))
	}
	if f.Open != nil {
		not := ""
		if !*f.Open {
			not = "NOT "
		}
		q = q.Where(not + "EXISTS (SELECT 1 FROM alert_alerts a WHERE a.incident = i.number AND a.status <> 'closed')")
	}
	if f.Several {
		q = q.Where("(SELECT count(*) FROM (SELECT 1 FROM alert_alerts a WHERE a.incident = i.number LIMIT 2)) > 1")
	}
	if f.Cursor != "" {
		before, err := strconv.ParseInt(f.Cursor, 10, 64)
		if err != nil || before < 1 {
			return nil, "", invalid("begin again without a cursor", "the cursor is not one that Nightjar gave")
		}
		q = q.Where("i.number < ?", before)
	}
	var rows []incidentRow
	if err := q.OrderExpr("i.number DESC").Limit(int64(limit)+1).Scan(ctx, &rows); err != nil {
		return nil, "", fmt.Errorf("list incidents: %w", catalog.Translate(err))
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = strconv.FormatInt(rows[limit-1].Number, 10)
	}
	for page := range slices.Chunk(rows, incidentPage) {
		found, _, err := k.incidentsOf(ctx, page)
		if err != nil {
			return nil, "", err
		}
		out = append(out, found...)
	}
	return out, next, nil
}

// incidentsOf reads the alerts of incidents and says what these are.
func (k *Keeper) incidentsOf(ctx context.Context, rows []incidentRow) ([]Incident, map[int64][]*kept, error) {
	if len(rows) == 0 {
		return nil, nil, nil
	}
	numbers := make([]int64, len(rows))
	for i, r := range rows {
		numbers[i] = r.Number
	}
	found, err := readAlerts(ctx, k.db, sqlAlertsOf, bun.List(numbers))
	if err != nil {
		return nil, nil, err
	}
	of := map[int64][]*kept{}
	for _, a := range found {
		of[a.incident] = append(of[a.incident], a)
	}
	out := make([]Incident, len(rows))
	for i, r := range rows {
		out[i] = incidentOf(r, of[r.Number])
	}
	return out, of, nil
}

// incidentOf says what an incident is, of its alerts.
func incidentOf(r incidentRow, alerts []*kept) Incident {
	i := Incident{ID: r.ID, Number: r.Number, Tenant: nightjar.TenantID(r.Tenant), Opened: catalog.Time(r.Opened), Severity: nightjar.SeverityInformational, Alerts: int64(len(alerts))}
	involved := map[nightjar.Entity]int64{}
	gravest := ""
	for _, a := range alerts {
		if a.Status != StatusClosed {
			i.Open++
		}
		i.Findings += a.Findings
		if i.First.IsZero() || a.First.Before(i.First) {
			i.First = a.First
		}
		if a.Last.After(i.Last) {
			i.Last = a.Last
		}
		if a.Severity.Rank() > i.Severity.Rank() || gravest == "" {
			i.Severity, gravest = a.Severity, a.Title
		}
		for _, tag := range a.Tags {
			if !slices.Contains(i.Tags, tag) {
				i.Tags = append(i.Tags, tag)
			}
		}
		for _, e := range a.Entities {
			involved[e]++
		}
	}
	i.Tactics = Tactics(i.Tags)
	for e, n := range involved {
		i.Entities = append(i.Entities, Involved{e, n})
	}
	kinds := nightjar.EntityKinds()
	slices.SortFunc(i.Entities, func(a, b Involved) int {
		return cmp.Or(cmp.Compare(b.Alerts, a.Alerts), cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), strings.Compare(a.Value, b.Value))
	})
	i.Entities = i.Entities[:min(len(i.Entities), maxEntities)]
	i.Title = gravest
	// It is named after what can have brought them together: the same file or
	// policy in all of them does not.
	about := slices.IndexFunc(i.Entities, func(e Involved) bool { return relates(e.Kind) })
	if len(alerts) > 1 && about >= 0 {
		i.Title = fmt.Sprintf("%d alerts about %s: %s", len(alerts), i.Entities[about].Value, gravest)
	}
	return i
}

// Moment is something that happened in an incident.
type Moment struct {
	Time     time.Time
	Finding  bool // a finding at the time of its event; otherwise what people did
	Alert    string
	Severity nightjar.Severity // of a finding
	Text     string
	Actor    string
	Events   int64
}

const (
	maxMoments = 1000

	// The earliest ones, when there are more than a person reads.
	sqlMoments = `SELECT ` + findingColumns + ` FROM alert_findings WHERE alert IN (?) AND events <> '' ORDER BY time, seq LIMIT ?`

	sqlDeeds = `SELECT h.alert, h.time, h.actor_name, h.action, h.was, h.became, h.comment FROM alert_history h WHERE h.alert IN (?) AND h.actor_kind <> 'system' ORDER BY h.time, h.seq LIMIT ?`
)

// Incident returns an incident with its alerts and what happened when. The id
// of one that became part of another leads to that one.
func (k *Keeper) Incident(ctx context.Context, tenants []nightjar.TenantID, id string) (Incident, []Alert, []Moment, error) {
	r, err := k.incidentRow(ctx, id)
	if err != nil {
		return Incident{}, nil, nil, err
	}
	if tenants != nil && !slices.Contains(tenants, nightjar.TenantID(r.Tenant)) {
		return Incident{}, nil, nil, noIncident(id)
	}
	found, of, err := k.incidentsOf(ctx, []incidentRow{r})
	if err != nil {
		return Incident{}, nil, nil, err
	}
	kept := of[r.Number]
	alerts := make([]Alert, 0, len(kept))
	ids := map[int64]string{}
	numbers := []int64{0}
	for _, a := range kept {
		alerts = append(alerts, a.Alert)
		ids[a.Number] = a.ID
		numbers = append(numbers, a.Number)
	}
	moments, err := k.moments(ctx, numbers[1:], ids)
	return found[0], alerts, moments, err
}

func (k *Keeper) incidentRow(ctx context.Context, id string) (r incidentRow, err error) {
	err = k.db.NewRaw(sqlIncidentByID, id).Scan(ctx, &r)
	if err == nil && r.Merged != 0 {
		err = k.db.NewRaw(sqlIncidentByNumber, r.Merged).Scan(ctx, &r)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return r, noIncident(id)
	}
	if err != nil {
		return r, fmt.Errorf("read an incident: %w", catalog.Translate(err))
	}
	return r, nil
}

func noIncident(id string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no incident %.40q", id), Hint: "nightjar incident list shows them"}
}

// moments is the timeline of alerts.
func (k *Keeper) moments(ctx context.Context, numbers []int64, ids map[int64]string) ([]Moment, error) {
	findings, err := readFindings(ctx, k.db, sqlMoments, bun.List(numbers), maxMoments)
	if err != nil {
		return nil, err
	}
	var out []Moment
	for _, f := range findings {
		out = append(out, Moment{Time: f.Time, Finding: true, Alert: ids[f.Alert], Severity: f.Severity, Text: f.Reason, Events: f.Count})
	}
	var deeds []struct {
		Alert     int64  `bun:"alert"`
		Time      int64  `bun:"time"`
		ActorName string `bun:"actor_name"`
		Action    string `bun:"action"`
		Was       string `bun:"was"`
		Became    string `bun:"became"`
		Comment   string `bun:"comment"`
	}
	if err := k.db.NewRaw(sqlDeeds, bun.List(numbers), maxMoments).Scan(ctx, &deeds); err != nil {
		return nil, fmt.Errorf("read what people did: %w", catalog.Translate(err))
	}
	for _, d := range deeds {
		text := d.Action
		if d.Became != "" {
			text += ": " + d.Became
		}
		if d.Comment != "" {
			text += ": " + d.Comment
		}
		out = append(out, Moment{Time: catalog.Time(d.Time), Alert: ids[d.Alert], Text: text, Actor: d.ActorName})
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return a.Time.Compare(b.Time) })
	return out[:min(len(out), maxMoments)], nil
}
