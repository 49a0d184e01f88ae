package alert

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

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
