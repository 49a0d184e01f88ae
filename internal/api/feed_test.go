package api

import (
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/health"
)

// TestAFirstCollectionIsNotBehind: what waited at Microsoft when the tenant was
// connected is days old from the first minute on.
func TestAFirstCollectionIsNotBehind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	near := health.Active{Code: nightjar.WarnContentExpiryAtRisk, Severity: health.SeverityWarning, Source: string(nightjar.FeedExchange)}
	for _, c := range []struct {
		name              string
		connected, oldest time.Duration // ago
		warnings          []health.Active
		want              string
	}{
		{"minutes after it was connected", 5 * time.Minute, 150 * time.Hour, nil, "first"},
		{"health says that it is about to be lost", 5 * time.Minute, 150 * time.Hour, []health.Active{near}, "behind"},
		{"a day later", 25 * time.Hour, 150 * time.Hour, nil, "behind"},
		{"newer than the connection", 10 * time.Hour, 5 * time.Hour, nil, "behind"},
		{"a moment old", 5 * time.Minute, 30 * time.Minute, nil, "ok"},
	} {
		f := collect.FeedCoverage{Feed: nightjar.FeedExchange, LastSuccess: now, Hours: []collect.HourCoverage{{Hour: now.Add(-c.oldest), Pending: 3}}}
		f.Total.Pending = 3
		if got := feedOf(f, connect.Connection{Tenant: nightjar.Tenant{Created: now.Add(-c.connected)}}, c.warnings, now).State; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
