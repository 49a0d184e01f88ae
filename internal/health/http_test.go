package health

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

func openCatalog(t *testing.T) *catalog.DB {
	t.Helper()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), "catalog.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestFailingTenantNeverTakesTheProcessOutOfService(t *testing.T) {
	t.Parallel()
	r := NewRegistry(RegistryConfig{})
	reg := prometheus.NewRegistry()
	reg.MustRegister(r.Collector())
	db := openCatalog(t)
	disk, err := NewDisk(DiskConfig{Dir: t.TempDir(), Registry: r, Registerer: reg, LowBytes: 1, FullBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	h, err := NewHandler(HTTPConfig{Registry: r, Gatherer: reg, Checks: []Check{CatalogCheck(db, clock.Real()), disk.Check()}, Build: Build{Version: "1.2.3"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range tenantWarnings() {
		r.Set(w.Code, contoso, "", nil)
	}
	if code, body := get(t, h, "/readyz"); code != http.StatusOK || body != "[+] catalog ok\n[+] disk ok\nready\n" {
		t.Errorf("/readyz: %d %s", code, body)
	}
	if code, body := get(t, h, "/livez"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/livez: %d %s", code, body)
	}
	if code, body := get(t, h, "/healthz"); code != http.StatusOK || body != "degraded\n" {
		t.Errorf("/healthz: %d %s", code, body)
	}
	code, body := get(t, h, "/healthz?verbose")
	var st Status
	if err := json.Unmarshal([]byte(body), &st); err != nil || code != http.StatusOK {
		t.Fatalf("/healthz?verbose: %d %v", code, err)
	}
	if len(st.Warnings) == 0 || len(st.Checks) != 2 || st.Build.Version != "1.2.3" {
		t.Errorf("status %+v", st)
	}
	code, body = get(t, h, "/metrics")
	if code != http.StatusOK || !strings.Contains(body, `nightjar_health_warnings{code="audit_off",severity="critical"} 1`) ||
		!strings.Contains(body, "nightjar_disk_free_bytes") {
		t.Errorf("/metrics: %d %s", code, body)
	}
}

func TestReadinessFailsWithoutTellingDetails(t *testing.T) {
	t.Parallel()
	r := NewRegistry(RegistryConfig{})
	db := openCatalog(t)
	checks := []Check{
		CatalogCheck(db, clock.Real()),
		{Name: "key", Run: func(context.Context) error { return errors.New("key file /etc/nightjar/key is gone") }},
	}
	h, err := NewHandler(HTTPConfig{Registry: r, Gatherer: prometheus.NewRegistry(), Checks: checks})
	if err != nil {
		t.Fatal(err)
	}
	if code, body := get(t, h, "/readyz"); code != http.StatusServiceUnavailable || body != "[+] catalog ok\n[-] key failed: internal\n" {
		t.Errorf("/readyz: %d %s", code, body)
	}
	_ = db.Close()
	// A new handler: results are given out again for a second.
	if h, err = NewHandler(HTTPConfig{Registry: r, Gatherer: prometheus.NewRegistry(), Checks: checks}); err != nil {
		t.Fatal(err)
	}
	if code, body := get(t, h, "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "[-] catalog failed") {
		t.Errorf("/readyz with a closed catalog: %d %s", code, body)
	}
	if code, body := get(t, h, "/healthz"); code != http.StatusServiceUnavailable || body != "failed\n" {
		t.Errorf("/healthz: %d %s", code, body)
	}
}

func TestAskingOftenChecksOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		broken := atomic.Bool{}
		check := Check{Name: "catalog", Run: func(context.Context) error {
			runs.Add(1)
			if broken.Load() {
				return errors.New("it cannot be written")
			}
			return nil
		}}
		h, err := NewHandler(HTTPConfig{Registry: NewRegistry(RegistryConfig{}), Gatherer: prometheus.NewRegistry(), Checks: []Check{check}})
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			get(t, h, "/readyz")
			get(t, h, "/healthz")
		}
		if n := runs.Load(); n != 1 {
			t.Errorf("%d checks for 100 questions within a second", n)
		}
		broken.Store(true)
		time.Sleep(resultHolds)
		if code, body := get(t, h, "/readyz"); code != http.StatusServiceUnavailable {
			t.Errorf("a second after the catalog broke: %d %s", code, body)
		}
	})
}

func TestDiskWarnsBeforeItIsFull(t *testing.T) {
	t.Parallel()
	r := NewRegistry(RegistryConfig{})
	disk, err := NewDisk(DiskConfig{Dir: t.TempDir(), Registry: r, LowBytes: 1 << 62, FullBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Check().Run(t.Context()); err != nil {
		t.Errorf("a low disk is not ready: %v", err)
	}
	if got := codes(r); got != "disk_low/" {
		t.Errorf("low: %s", got)
	}
	disk.full = 1 << 62
	if err := disk.Check().Run(t.Context()); nightjar.CodeOf(err) != nightjar.CodeDiskFull {
		t.Errorf("a full disk: %v", err)
	}
	if got := codes(r); got != "disk_full/" {
		t.Errorf("full: %s", got)
	}
	disk.low, disk.full = 1, 1
	if err := disk.Check().Run(t.Context()); err != nil || codes(r) != "" {
		t.Errorf("after space came back: %v %s", err, codes(r))
	}
}

func TestNextRunKnowsHowThePreviousOneEnded(t *testing.T) {
	t.Parallel()
	db := openCatalog(t)
	begin := func(want bool) *Lifetime {
		t.Helper()
		r := NewRegistry(RegistryConfig{})
		l, err := Begin(t.Context(), LifetimeConfig{Catalog: db, Registry: r, Registerer: prometheus.NewRegistry()})
		if err != nil {
			t.Fatal(err)
		}
		started, unclean := l.PreviousUnclean()
		if unclean != want || (codes(r) != "") != want || started.IsZero() == want {
			t.Errorf("unclean %v since %v, warnings %q; want %v", unclean, started, codes(r), want)
		}
		return l
	}
	l := begin(false)
	if err := l.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin(false) // and is killed
	l = begin(true)
	if err := l.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin(false)
}
