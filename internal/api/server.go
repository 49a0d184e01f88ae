package api

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/approval"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/dashboard"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/query"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/saved"
	"github.com/nightjar-sec/nightjar/internal/schedule"
	"github.com/nightjar-sec/nightjar/internal/sso"
)

// Config is what the API speaks for.
type Config struct {
	Access     *access.Keeper
	Audit      *audit.Log
	Approvals  *approval.Keeper
	Notifier   *notify.Notifier
	Connect    *connect.Connector
	Collector  *collect.Collector
	Journal    *journal.Journal
	Engine     *query.Engine
	Dashboards *dashboard.Store
	Saved      *saved.Store
	Alerts     *alert.Keeper
	Rules      *ruleset.Keeper
	// Backtest asks rules of what is stored; the journal of its configuration
	// may be left out.
	Backtest func(ctx context.Context, cfg detect.BacktestConfig) (detect.BacktestReport, error)
	// RuleTests runs the tests that stand in a rule's file.
	RuleTests func(ctx context.Context, set *ruleset.Set, info *ruleset.Info) ([]ruleset.TestResult, error)
	// Schedules says how far the rules have come that are asked on time; nil: nothing is known.
	Schedules func(ctx context.Context) (map[string]schedule.State, error)
	Registry  *health.Registry
	// Health makes the status of the whole process.
	Health func(ctx context.Context) health.Status
	// SSO are the providers where people sign in; nil: there are none. Mapped
	// says what the values of a provider's claim give; nil: nothing.
	SSO    *sso.Service
	Mapped func(provider string, values []string) []access.Grant
	// Settings are shown to those who manage the installation.
	Settings func(ctx context.Context) Settings
	Clouds   []string // names of those that tenants can be in
	Consent  bool     // whether an application for consent is configured
	Build    health.Build
	// Clock is the time of events and collection; that of people is the wall's.
	Clock  clock.Clock
	Logger *slog.Logger // nil discards
	// Registerer takes the metrics; nil leaves them unregistered.
	Registerer prometheus.Registerer
	Random     io.Reader // of request ids; nil means crypto/rand

	// PublicURL is where people reach the console, without a path; "" when
	// they reach this process directly.
	PublicURL string
	// HTTPS says that people come by https: to this process, or to a proxy
	// before it.
	HTTPS bool
	// Port is that of the listen address. It tells the cookies of several
	// servers on one host apart; "" where there is one alone.
	Port string
	// TrustedProxies are whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// FourEyes lets what matters most wait for a second person.
	FourEyes bool
	// Demo allows signing in by the link that nightjar demo prints.
	Demo bool

	// QueryLimits are shown to people; the engine enforces them.
	QueryLimits query.Limits
	// Queries is how many queries run at a time, and QueriesEach how many of
	// one caller; 0 means 4 and 3.
	Queries, QueriesEach int
}

// Server is the API. It is safe for concurrent use.
type Server struct {
	cfg       Config
	log       *slog.Logger
	random    io.Reader
	origin    *http.CrossOriginProtection
	rates     *rates
	gate      *gate
	exports   *gate
	compiles  *gate // of rules, to run their tests
	imports   *gate // of rule changes, to read their file
	files     *exports
	backtests *backtests
	tails     *seats
	recent    *recent
	// parameters are those of addresses, by operation.
	parameters map[string][]string
	metrics    *metrics
	mux        *http.ServeMux
	// deeds lets one thing that needs a second person be done at a time, so
	// that what it is done to stays as it was looked at.
	deeds *sync.Mutex
}

// New returns the API with all of its routes.
func New(cfg Config) (*Server, error) {
	if cfg.Access == nil || cfg.Audit == nil || cfg.Approvals == nil || cfg.Notifier == nil || cfg.Connect == nil || cfg.Collector == nil || cfg.Journal == nil ||
		cfg.Engine == nil || cfg.Dashboards == nil || cfg.Saved == nil || cfg.Alerts == nil || cfg.Rules == nil || cfg.RuleTests == nil || cfg.Backtest == nil || cfg.Registry == nil || cfg.Health == nil || cfg.Settings == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "the API lacks a part that it speaks for"}
	}
	s := &Server{
		cfg: cfg, log: cfg.Logger, random: cfg.Random, origin: http.NewCrossOriginProtection(),
		rates: newRates(clock.Real()), gate: newGate(cfg.Queries, cfg.QueriesEach), exports: newGate(exportsAll, exportsEach), compiles: newGate(1, 1), imports: newGate(1, 1), files: newExports(clock.Real()), backtests: &backtests{clock: clock.Real()}, tails: newSeats(tailMost), recent: &recent{}, parameters: queryParameters(), mux: http.NewServeMux(), deeds: &sync.Mutex{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	var err error
	if s.metrics, err = newMetrics(cfg.Registerer, s.gate); err != nil {
		return nil, err
	}
	if cfg.PublicURL != "" {
		if err := s.origin.AddTrustedOrigin(cfg.PublicURL); err != nil {
			return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "public_url is not an origin", Hint: "e.g. public_url: https://nightjar.example.com", Err: err}
		}
	}
	s.mount(Routes())
	return s, nil
}

// Close ends what goes on after its request is answered, and waits for it.
func (s *Server) Close() error {
	s.backtests.close()
	return nil
}

// ServeHTTP answers everything under /api/ and the consent callback.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
