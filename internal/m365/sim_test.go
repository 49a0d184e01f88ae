package m365_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// monday is a time in a working week.
var monday = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// simulated runs the simulator in memory and returns a client of its tenant.
func simulated(t *testing.T, scenario string) (*sim.Server, *m365.Activity) {
	t.Helper()
	now := clock.Scaled(monday, 1) // in a bubble it is 2000, before the simulated tenants began
	s, err := sim.LoadScenario(scenario)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sim.New(sim.Config{InMemory: true, Seed: 7, Scenario: s, Clock: now, Tenants: []sim.TenantConfig{{People: 5, EventsPerDay: 500, Backlog: 48 * time.Hour, EventsPerBlob: 10, Subscribed: true}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, server.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	tenant, roots := server.Tenants()[0], server.URLs()
	cloud := nightjar.Cloud{Name: "sim", Login: roots.Login, Management: roots.Management, Graph: roots.Graph, CAFile: ca}
	client, err := m365.NewHTTPClient(cloud, m365.HTTPOptions{Proxy: "direct", DialContext: server.DialContext})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	tokens, err := m365.NewTokenSource(m365.CredentialConfig{
		Cloud: cloud, Tenant: nightjar.TenantID(tenant.ID), ClientID: tenant.ClientID, Secret: secret.New(tenant.Secrets[0].Value), HTTP: client, Clock: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := m365.NewActivity(m365.ActivityConfig{Cloud: cloud, Tenant: nightjar.TenantID(tenant.ID), Tokens: tokens, HTTP: client, Clock: now, MaxBlobBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return server, a
}

// patiently repeats what may pass, as the collector does.
func patiently(t *testing.T, try func() error) error {
	t.Helper()
	var err error
	for range 20 {
		err = try()
		if err == nil || (!m365.Retryable(err) && m365.KindOf(err) != m365.KindForeignHost && !errors.Is(err, errUnreadable)) {
			return err
		}
		time.Sleep(time.Second)
	}
	return err
}

func TestATenantIsReadWholeThroughEveryPassingFault(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"calm", "flaky", "throttle", "hostile", "unauthorised"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server, a := simulated(t, scenario)
				kinds, events := map[m365.Kind]int{}, 0
				now := monday
				for _, feed := range nightjar.Feeds() {
					blobs := map[string]nightjar.Blob{}
					for from := now.Add(-72 * time.Hour); from.Before(now); from = from.Add(24 * time.Hour) {
						err := patiently(t, func() error {
							return a.ListContent(t.Context(), feed, from, from.Add(24*time.Hour), func(page []nightjar.Blob) error {
								for _, b := range page {
									blobs[b.ID] = b
								}
								return nil
							})
						})
						if err != nil {
							kinds[m365.KindOf(err)]++
						}
					}
					for _, blob := range blobs {
						err := patiently(t, func() error {
							n, err := countEvents(t.Context(), a, blob)
							events += n
							return err
						})
						kinds[m365.KindOf(err)]++
					}
				}
				r := server.Report()
				var never, expected int64
				for _, feed := range r.Tenants[0].Feeds {
					never += feed.Never
					expected += feed.Expected
				}
				t.Logf("events %d, expected %d, kinds %v, requests %v, faults %v", events, expected, kinds, r.Requests, r.Faults)
				if expected == 0 || (never != 0 && scenario != "unauthorised") {
					t.Errorf("%d events expected, %d served never", expected, never)
				}
				for _, v := range r.Violations {
					t.Errorf("the simulator complains: %+v", v)
				}
			})
		})
	}
}

// errUnreadable says that what was transferred whole is not a JSON array.
var errUnreadable = errors.New("not a JSON array")

// countEvents reads a blob to its end and counts its records.
func countEvents(ctx context.Context, a *m365.Activity, blob nightjar.Blob) (int, error) {
	stream, err := a.OpenBlob(ctx, blob)
	if err != nil {
		return 0, err
	}
	defer stream.Close()
	d := json.NewDecoder(stream)
	if token, err := d.Token(); err != nil {
		return 0, transportOr(err)
	} else if token != json.Delim('[') {
		return 0, errUnreadable
	}
	n := 0
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return 0, transportOr(err)
		}
		n++
	}
	if _, err := d.Token(); err != nil {
		return 0, transportOr(err)
	}
	if _, err := io.Copy(io.Discard, stream); err != nil {
		return 0, err
	}
	return n, nil
}

// transportOr keeps the errors that the client makes.
func transportOr(err error) error {
	if m365.KindOf(err) != m365.KindNone {
		return err
	}
	return errUnreadable
}
