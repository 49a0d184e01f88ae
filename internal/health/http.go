package health

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// checkTimeout bounds all readiness checks together; probes usually give up after 10 s.
const checkTimeout = 5 * time.Second

// resultHolds is how long the results of the checks are given out again.
// Nobody has to log in to ask, and the check of the catalog writes and syncs:
// without it whoever reaches the port could keep the disk busy.
const resultHolds = time.Second

// Check is one condition of readiness. None may depend on a tenant: a tenant
// that fails must never take the whole process out of service.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// HTTPConfig is what the handler needs.
type HTTPConfig struct {
	Registry *Registry
	Gatherer prometheus.Gatherer
	Checks   []Check
	Build    Build
	Clock    clock.Clock
	Logger   *slog.Logger
}

// Status is the answer of /healthz?verbose and of nightjar health --json.
type Status struct {
	Status   string        `json:"status"` // ok, degraded (a warning is visible) or failed (not ready)
	Time     time.Time     `json:"time"`
	Build    Build         `json:"build"`
	Checks   []CheckResult `json:"checks"`
	Warnings []Active      `json:"warnings"`
}

// CheckResult is how one readiness check went.
type CheckResult struct {
	Name  string        `json:"name"`
	OK    bool          `json:"ok"`
	Code  nightjar.Code `json:"code,omitempty"`
	Error string        `json:"error,omitempty"`
}

// Handler serves the probes and the metrics.
type Handler struct {
	HTTPConfig

	mux *http.ServeMux

	mu      sync.Mutex // also makes those who ask meanwhile wait for one run
	results []CheckResult
	asked   time.Time // by the wall
}

// NewHandler serves /livez, /readyz, /healthz and /metrics.
func NewHandler(cfg HTTPConfig) (*Handler, error) {
	if cfg.Registry == nil || cfg.Gatherer == nil {
		return nil, errors.New("the health handler needs a registry and a gatherer")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	s := &Handler{HTTPConfig: cfg, mux: mux}
	mux.HandleFunc("GET /livez", s.livez)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Gatherer, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, // one broken collector must not hide the others
	}))
	return s, nil
}

// ServeHTTP answers a probe.
func (s *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// livez says that the process answers, nothing more: restarting it would not
// repair a full disk.
func (s *Handler) livez(w http.ResponseWriter, _ *http.Request) {
	plain(w, http.StatusOK, "ok\n")
}

// readyz names the checks that fail; what exactly is wrong is in the log and
// in /healthz?verbose, not in an answer to a load balancer.
func (s *Handler) readyz(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	code := http.StatusOK
	for _, c := range s.run(r.Context()) {
		if c.OK {
			b.WriteString("[+] " + c.Name + " ok\n")
			continue
		}
		code = http.StatusServiceUnavailable
		b.WriteString("[-] " + c.Name + " failed: " + string(c.Code) + "\n")
	}
	if code == http.StatusOK {
		b.WriteString("ready\n")
	}
	plain(w, code, b.String())
}

func (s *Handler) healthz(w http.ResponseWriter, r *http.Request) {
	st := s.Status(r.Context())
	code := http.StatusOK
	if st.Status == "failed" {
		code = http.StatusServiceUnavailable
	}
	if !r.URL.Query().Has("verbose") {
		plain(w, code, st.Status+"\n")
		return
	}
	body, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "health cannot be encoded", "error", err)
		plain(w, http.StatusInternalServerError, string(nightjar.CodeInternal)+"\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n')) // the caller went away
}

// Status makes the checks and lists what is wrong.
func (s *Handler) Status(ctx context.Context) Status {
	st := Status{
		Status: "ok", Time: s.Clock.Now(), Build: s.Build,
		Checks: s.run(ctx), Warnings: s.Registry.Current(),
	}
	if st.Warnings == nil {
		st.Warnings = []Active{}
	}
	for _, a := range st.Warnings {
		if a.Severity != SeverityInfo {
			st.Status = "degraded"
		}
	}
	for _, c := range st.Checks {
		if !c.OK {
			st.Status = "failed"
		}
	}
	return st
}

// run returns the results of the checks, which are at most resultHolds old.
func (s *Handler) run(ctx context.Context) []CheckResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wall := clock.Real(); s.results == nil || wall.Since(s.asked) >= resultHolds {
		// Others get these results too: this caller's leaving must not spoil them.
		s.results, s.asked = s.check(context.WithoutCancel(ctx)), wall.Now()
	}
	return s.results
}

// check makes all checks at once, within checkTimeout.
func (s *Handler) check(ctx context.Context) []CheckResult {
	ctx, cancel := clock.Real().WithTimeout(ctx, checkTimeout)
	defer cancel()
	out := make([]CheckResult, len(s.Checks))
	var wg sync.WaitGroup
	for i, c := range s.Checks {
		wg.Go(func() {
			out[i] = CheckResult{Name: c.Name, OK: true}
			if err := c.Run(ctx); err != nil {
				s.Logger.ErrorContext(ctx, "readiness check failed", "check", c.Name, "error", err)
				out[i] = CheckResult{Name: c.Name, Code: nightjar.CodeOf(err), Error: err.Error()}
			}
		})
	}
	wg.Wait()
	return out
}

func plain(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(body)) // the caller went away
}
