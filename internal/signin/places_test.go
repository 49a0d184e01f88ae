package signin

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// TestMain lets the test binary be the query worker, as nightjar is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "query-worker" {
		if err := query.WorkerMain(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var (
	contoso  = nightjar.Tenant{ID: "c0ffee00-0000-4000-8000-000000000001", Name: "contoso"}
	fabrikam = nightjar.Tenant{ID: "c0ffee00-0000-4000-8000-000000000002", Name: "fabrikam"}
	noon     = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

// events makes n sign-ins of n people at a place.
func events(tenant nightjar.Tenant, n int, operation string, address string, p nightjar.Place, change ...func(*nightjar.Event)) []nightjar.Event {
	var out []nightjar.Event
	for i := range n {
		e := nightjar.Event{
			Tenant: tenant.ID, ID: fmt.Sprintf("%s-%s-%s-%s-%d", operation, address, p.City, p.Network, i), Table: nightjar.TableAzureAD, Time: noon.Add(time.Duration(i) * time.Minute),
			RecordType: 15, Operation: operation, Workload: "AzureActiveDirectory", UserID: fmt.Sprintf("user%d@%s.example", i, tenant.Name),
			Place: p, Raw: []byte(`{}`),
		}
		e.ClientIP, _ = netip.ParseAddr(address)
		for _, c := range change {
			c(&e)
		}
		out = append(out, e)
	}
	return out
}

func setup(t *testing.T, all ...[]nightjar.Event) *query.Engine {
	t.Helper()
	dir := t.TempDir()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(dir, "catalog.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	j, err := journal.New(journal.Config{Dir: filepath.Join(dir, "journal"), Catalog: db})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range all {
		if _, err := j.Append(t.Context(), journal.Batch{Tenant: list[0].Tenant, Sources: []journal.Source{{Events: list}}}); err != nil {
			t.Fatal(err)
		}
	}
	e, err := query.New(query.Config{Journal: j, WorkerCommand: []string{os.Args[0], "query-worker"}, Warm: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

const loggedIn, failed = "UserLoggedIn", "UserLoginFailed"

func TestSignInsAreCountedByPlaceAndWhatCannotBePlacedIsSaid(t *testing.T) {
	t.Parallel()
	const source = "DB-IP City Lite 2026-11"
	utrecht := nightjar.Place{Country: "NL", City: "Utrecht", Lat: 52.1, Lon: 5.1, Network: "user", Source: source}
	beside := utrecht
	beside.Lat, beside.Lon = 52.2, 5.2
	lyon := nightjar.Place{Country: "FR", City: "Lyon", Lat: 45.8, Lon: 4.8, Network: "vpn", Source: source}
	dublin := nightjar.Place{Country: "IE", City: "Dublin", Lat: 53.3, Lon: -6.3, Network: "microsoft_service", Source: source}
	proxy := nightjar.Place{Country: "NL", City: "Delft", Lat: 52, Lon: 4.4, Network: "adfs_proxy", Source: source}
	stated := nightjar.Place{Country: "NO", City: "Oslo", Lat: 59.9, Lon: 10.8, Source: "microsoft"}
	engine := setup(t,
		events(contoso, 5, loggedIn, "81.2.69.1", utrecht), events(contoso, 3, loggedIn, "81.2.69.2", beside), events(contoso, 2, failed, "81.2.69.1", utrecht),
		events(contoso, 4, failed, "5.5.5.5", lyon), events(contoso, 1, loggedIn, "5.5.5.5", lyon),
		events(contoso, 6, loggedIn, "52.97.1.1", dublin), events(contoso, 7, loggedIn, "81.2.70.1", proxy),
		events(contoso, 1, loggedIn, "", stated),
		events(contoso, 2, loggedIn, "9.9.9.9", nightjar.Place{Country: "DE", Network: "user", Source: "IPtoASN 2026-11"}),
		events(contoso, 3, loggedIn, "10.0.0.1", nightjar.Place{Network: "private"}), events(contoso, 8, loggedIn, "", nightjar.Place{}),
		events(contoso, 9, loggedIn, "8.8.4.4", nightjar.Place{Network: "user"}),
		events(contoso, 50, loggedIn, "81.2.69.3", utrecht, func(e *nightjar.Event) { e.Time = noon.AddDate(0, 0, -3); e.ID += "-before" }),
		events(contoso, 50, "Update user.", "81.2.69.4", utrecht, func(e *nightjar.Event) { e.RecordType = 8 }),
		events(fabrikam, 50, loggedIn, "81.2.69.5", utrecht),
	)
	a, err := Places(t.Context(), engine, []nightjar.Tenant{contoso}, Span{noon.Add(-time.Hour), noon.Add(time.Hour)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range a.Places {
		at := "-"
		if p.Lat != nil {
			at = fmt.Sprintf("%.4f,%.4f", *p.Lat, *p.Lon)
		}
		got = append(got, fmt.Sprintf("%s/%s %s %s n=%d failed=%d people=%d %s..%s %s", p.Country, p.City, at, p.Layer, p.Count, p.Failed, p.People,
			p.First.Format("15:04"), p.Last.Format("15:04"), p.Source))
	}
	want := []string{
		"NL/Utrecht 52.1375,5.1375 user n=8 failed=0 people=5 12:00..12:04 " + source,
		"IE/Dublin 53.3000,-6.3000 service n=6 failed=0 people=6 12:00..12:05 " + source,
		"FR/Lyon 45.8000,4.8000 anonymiser n=5 failed=4 people=4 12:00..12:03 " + source,
		"DE/ - user n=2 failed=0 people=2 12:00..12:01 IPtoASN 2026-11",
		"NL/Utrecht 52.1000,5.1000 failed n=2 failed=2 people=2 12:00..12:01 " + source,
		"NO/Oslo 59.9000,10.8000 user n=1 failed=0 people=1 12:00..12:00 microsoft",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	if len(a.Attributions) != 1 || a.Attributions[0].URL != "https://db-ip.com" {
		t.Errorf("the licence asks for more than %v", a.Attributions)
	}
	unplaced := map[Reason]int64{}
	for _, u := range a.Unplaced {
		unplaced[u.Reason] = u.Count
		if u.Text == "" {
			t.Errorf("%s says nothing to people", u.Reason)
		}
	}
	if fmt.Sprint(unplaced) != "map[adfs_proxy:7 microsoft_service:6 no_address:8 private:3 unknown:9]" || a.Total != 51 || a.Partial {
		t.Errorf("unplaced %v of %d", unplaced, a.Total)
	}

	only, err := Places(t.Context(), engine, []nightjar.Tenant{contoso, fabrikam}, Span{noon.Add(-time.Hour), noon.Add(time.Hour)}, []Layer{LayerFailed})
	if err != nil || len(only.Places) != 1 || only.Places[0].Layer != LayerFailed || len(only.Unplaced) != 5 || only.Total != 101 {
		t.Errorf("the failed of two tenants: %+v, %v", only, err)
	}
}

func TestNoSignInsAreAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	engine := setup(t)
	a, err := Places(t.Context(), engine, []nightjar.Tenant{contoso}, Span{noon, noon.Add(time.Hour)}, nil)
	if err != nil || a.Places == nil || a.Unplaced == nil || len(a.Places)+len(a.Unplaced) > 0 || a.Total != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := Places(t.Context(), engine, nil, Span{noon, noon}, nil); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Errorf("an empty span: %v", err)
	}
}

func TestLayersHaveNames(t *testing.T) {
	t.Parallel()
	for _, l := range Layers() {
		if got, err := ParseLayer(string(l)); got != l || err != nil {
			t.Errorf("%s: %v", l, err)
		}
	}
	if _, err := ParseLayer("x"); nightjar.CodeOf(err) != nightjar.CodeInvalid || !strings.Contains(nightjar.HintOf(err), "anonymiser") {
		t.Errorf("%v", err)
	}
}

func TestTheManualShowsTheQueryThatRuns(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	if !strings.Contains(string(page), SQL(Span{day, day.AddDate(0, 0, 7)})) {
		t.Errorf("docs/sql.md has another query than\n%s", SQL(Span{day, day.AddDate(0, 0, 7)}))
	}
}
