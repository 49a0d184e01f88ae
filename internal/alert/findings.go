package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Recorded is a finding as it was recorded.
type Recorded struct {
	nightjar.Finding
	Number   int64 // 1, 2, 3 … in the order of recording
	Alert    int64 // number of its alert; 0 for none
	Recorded time.Time
}

type storedFinding struct {
	Number      int64  `bun:"seq"`
	ID          string `bun:"id"`
	Alert       int64  `bun:"alert"`
	Tenant      string `bun:"tenant"`
	Rule        string `bun:"rule"`
	Version     string `bun:"version"`
	Title       string `bun:"title"`
	Severity    int    `bun:"severity"`
	Reason      string `bun:"reason"`
	Fingerprint string `bun:"fingerprint"`
	Tags        string `bun:"tags"`
	Entities    string `bun:"entities"`
	Events      string `bun:"events"`
	Values      string `bun:"field_values"`
	Time        int64  `bun:"time"`
	First       int64  `bun:"first"`
	Last        int64  `bun:"last"`
	Count       int64  `bun:"count"`
	DryRun      bool   `bun:"dry_run"`
	JournalSeq  int64  `bun:"journal_seq"`
	Recorded    int64  `bun:"recorded"`
}

// findingRow is a finding in the order of findingColumns.
func findingRow(seq, alert int64, f nightjar.Finding, now time.Time) []any {
	values := "{}"
	if len(f.Values) > 0 {
		if b, err := json.Marshal(f.Values); err == nil { // texts alone: it is always nil
			values = string(b)
		}
	}
	return []any{
		seq, f.ID, alert, string(f.Tenant), f.Rule, f.Version, plain(f.Title), int64(f.Severity.Rank()), plain(f.Reason), f.Fingerprint,
		encoded(f.Tags), encoded(f.Entities), encoded(f.Events[:min(len(f.Events), nightjar.MaxEvidence)]), values,
		catalog.Micros(f.Time), catalog.Micros(first(f)), catalog.Micros(last(f)), max(f.Count, 1), f.DryRun, f.Seq, catalog.Micros(now),
	}
}

// plain takes out of a text what a statement of the catalog cannot hold: what
// an attacker writes into a record must not stop the record of it.
func plain(s string) string { return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "�") }

const (
	sqlFindingsOfAlert = `SELECT ` + findingColumns + ` FROM alert_findings WHERE alert = ? AND events <> '' AND (? = 0 OR seq < ?) ORDER BY seq DESC LIMIT ?`
	sqlFindingByID     = `SELECT ` + findingColumns + ` FROM alert_findings WHERE id = ?`
)

func (s storedFinding) recorded() (Recorded, error) {
	f := Recorded{Number: s.Number, Alert: s.Alert, Recorded: catalog.Time(s.Recorded), Finding: nightjar.Finding{
		ID: s.ID, Tenant: nightjar.TenantID(s.Tenant), Rule: s.Rule, Version: s.Version, Title: s.Title, Severity: severity(s.Severity), Reason: s.Reason,
		Fingerprint: s.Fingerprint, Time: catalog.Time(s.Time), First: catalog.Time(s.First), Last: catalog.Time(s.Last), Count: s.Count, DryRun: s.DryRun, Seq: s.JournalSeq,
	}}
	err := errors.Join(json.Unmarshal([]byte(s.Tags), &f.Tags), json.Unmarshal([]byte(s.Entities), &f.Entities), json.Unmarshal([]byte(s.Events), &f.Events), json.Unmarshal([]byte(s.Values), &f.Values))
	if err != nil {
		return f, fmt.Errorf("read the finding %s: %w", s.ID, err)
	}
	return f, nil
}

func readFindings(ctx context.Context, db bun.IDB, statement string, args ...any) ([]Recorded, error) {
	var rows []storedFinding
	if err := db.NewRaw(statement, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read findings: %w", catalog.Translate(err))
	}
	out := make([]Recorded, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.recorded(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Findings returns the findings of an alert, the newest first, and the cursor
// of the next page, "" at the end.
func (k *Keeper) Findings(ctx context.Context, tenants []nightjar.TenantID, id, cursor string, limit int) (found []Recorded, next string, err error) {
	a, err := k.seen(ctx, k.db, tenants, id)
	if err != nil {
		return nil, "", err
	}
	before := int64(0)
	if cursor != "" {
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil || before < 1 {
			return nil, "", invalid("begin again without a cursor", "the cursor is not one that Nightjar gave")
		}
	}
	if limit <= 0 {
		limit = defaultLimit
	}
	limit = min(limit, maxLimit)
	found, err = readFindings(ctx, k.db, sqlFindingsOfAlert, a.Number, before, before, limit+1)
	if err != nil {
		return nil, "", err
	}
	if len(found) > limit {
		found = found[:limit]
		next = strconv.FormatInt(found[limit-1].Number, 10)
	}
	return found, next, nil
}
