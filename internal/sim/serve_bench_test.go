package sim

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// BenchmarkServeBlobs fetches blobs over TLS and throws them away: what a
// client of the simulator can get at most.
func BenchmarkServeBlobs(b *testing.B) {
	for name, plain := range map[string]bool{"gzip": false, "plain": true} {
		b.Run(name, func(b *testing.B) {
			s, err := New(Config{Clock: &fixedClock{monday}, Scenario: Scenario{Quota: -1, NoGzip: plain}, Tenants: []TenantConfig{{EventsPerDay: 1_000_000, Subscribed: true}}})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx) }()
			tenant := s.tenants[s.Tenants()[0].ID]
			token, err := s.mint.issue(accessClaims{Audience: s.roots.Management, Tenant: tenant.ID, Roles: tenant.Roles, NotAfter: time.Now().Add(time.Hour).Unix()})
			if err != nil {
				b.Fatal(err)
			}
			client := httpClient(s)
			list := tenant.schedule.list(feedExchange, monday.Add(-3*time.Hour), monday, monday)
			events := 0
			for i := 0; b.Loop(); i++ {
				blob := list[i%len(list)]
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.describe(tenant, blob).ContentURI+"?PublisherIdentifier=x", nil)
				if err != nil {
					b.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer "+token)
				resp, err := client.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					b.Fatal(err)
				}
				resp.Body.Close()
				events += blob.count
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
			client.CloseIdleConnections()
			cancel()
			if err := <-done; err != nil {
				b.Error(err)
			}
		})
	}
}
