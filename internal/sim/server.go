package sim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Roots are the three addresses that a cloud consists of: https, no slash at the end.
type Roots struct {
	Login, Management, Graph string
}

// Server is a simulated Microsoft 365.
type Server struct {
	seed     uint64
	scenario Scenario
	clock    Clock
	given    Clock // the clock without the scenario's skew
	// signInClock is the machine's, skewed: client libraries date their
	// assertions and age their tokens by it whatever the service's clock says.
	signInClock Clock
	origin      time.Time
	logger      *slog.Logger
	roots       Roots
	caFile      string
	geoFile     string
	authority   authority
	mint        *mint
	operator    *application
	operatorApp OperatorApp
	accounts    []account
	codes       codes
	openid      *OpenID
	tenants     map[string]*tenant
	order       []string
	truth       *truth
	serial      atomic.Int64
	compressors compressors
	hooks       *http.Client
	hooked      chan struct{} // closed with the first webhook
	hookedOnce  sync.Once
	listeners   [3]net.Listener // login, management, graph
	memory      map[string]*pipeListener

	strikeMu sync.Mutex
	struck   map[string]strikeCount
}

// New makes a server and opens its ports, so that its addresses are known;
// Run serves them.
func New(cfg Config) (*Server, error) {
	given := cfg.Clock
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		seed: cfg.Seed, scenario: cfg.Scenario.withDefaults(), clock: cfg.Clock, given: given, signInClock: skewedClock{wallClock{}, cfg.Scenario.ClockSkew},
		origin: cfg.Clock.Now().UTC(), logger: cfg.Logger, caFile: cfg.CAFile, geoFile: cfg.GeoFile,
		tenants: map[string]*tenant{}, struck: map[string]strikeCount{}, memory: map[string]*pipeListener{},
		hooked: make(chan struct{}),
	}
	if c, ok := given.(RehearsalClock); ok {
		s.origin = c.Epoch.UTC() // so that a restarted server serves the same content
	}
	if s.mint, err = newMint(); err != nil {
		return nil, err
	}
	s.operatorApp, s.accounts = cfg.Operator, accounts(s.seed, cfg.Tenants)
	if s.operator, err = newApplication(cfg.Operator.ClientID, cfg.Operator.Name, cfg.Operator.Secrets, cfg.Operator.Certificates); err != nil {
		return nil, err
	}
	for _, tc := range cfg.Tenants {
		t, err := newTenant(tc, s.seed, s.scenario, s.origin)
		if err != nil {
			return nil, err
		}
		s.tenants[t.ID] = t
		s.order = append(s.order, t.ID)
	}
	s.truth = newTruth(s.tenants)
	if err := s.listen(cfg); err != nil {
		return nil, err
	}
	if s.openid, err = newOpenID(s); err != nil {
		s.Close()
		return nil, err
	}
	if s.caFile != "" {
		if err := os.WriteFile(s.caFile, s.authority.pem, 0o644); err != nil { //nolint:gosec // a certificate is public
			s.Close()
			return nil, fmt.Errorf("write the certificate authority: %w", err)
		}
	}
	if s.geoFile != "" {
		if err := writeGeoFile(s.geoFile, s.origin); err != nil {
			s.Close()
			return nil, err
		}
	}
	// Webhook receivers in tests have certificates of their own; what is
	// under test is the handshake, not their trust.
	s.hooks = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 2}} //nolint:gosec // see above
	return s, nil
}

// listen opens the three roots, on ports or in memory.
func (s *Server) listen(cfg Config) (err error) {
	hosts := []string{"localhost", "127.0.0.1", "::1", "login.sim.example", "manage.sim.example", "graph.sim.example"}
	if cfg.InMemory {
		for i, h := range hosts[3:] {
			l := newPipeListener(h + ":443")
			s.listeners[i], s.memory[h] = l, l
		}
		s.roots = Roots{"https://" + hosts[3], "https://" + hosts[4], "https://" + hosts[5]}
	} else {
		address := cfg.Listen
		if address == "" {
			address = "127.0.0.1:0"
		}
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return fmt.Errorf("listen on %q: %w", address, err)
		}
		first, err := strconv.Atoi(port)
		if err != nil {
			return fmt.Errorf("listen on %q: the port is not a number", address)
		}
		var urls [3]string
		for i, after := range [3]int{1, 0, 2} {
			p := 0
			if first != 0 {
				p = first + after
			}
			l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(p))) //nolint:noctx // opening a port of this machine waits for nothing
			if err != nil {
				s.Close()
				return fmt.Errorf("listen for the simulated Microsoft 365: %w", err)
			}
			s.listeners[i] = l
			urls[i] = "https://" + l.Addr().String()
		}
		s.roots = Roots{urls[0], urls[1], urls[2]}
		if host != "" {
			hosts = append(hosts, host)
		}
	}
	s.authority, err = newAuthority(hosts)
	return err
}

// URLs returns the roots; they are distinct, so that a token sent to the wrong
// one is noticed.
func (s *Server) URLs() Roots { return s.roots }

// CAFile returns where the certificate authority was written; empty when nowhere.
func (s *Server) CAFile() string { return s.caFile }

// GeoFile returns where the address data were written; empty when nowhere.
func (s *Server) GeoFile() string { return s.geoFile }

// CA returns the certificate authority as PEM.
func (s *Server) CA() []byte { return s.authority.pem }

// Tenants returns the tenants as configured, with what was made up filled in.
func (s *Server) Tenants() []TenantConfig {
	var all []TenantConfig
	for _, id := range s.order {
		all = append(all, s.tenants[id].TenantConfig)
	}
	return all
}

// Operator returns the client's own multi-tenant application, with what was
// made up filled in.
func (s *Server) Operator() OperatorApp { return s.operatorApp }

// Handler serves all three roots, told apart by the Host header.
func (s *Server) Handler() http.Handler {
	login, management, graph := s.door(s.login()), s.door(s.management()), s.door(s.graph())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch host := strings.TrimSuffix(r.Host, ":443"); "https://" + host {
		case s.roots.Login:
			login.ServeHTTP(w, r)
		case s.roots.Graph:
			graph.ServeHTTP(w, r)
		default:
			management.ServeHTTP(w, r)
		}
	})
}

// door is what every request passes, whatever it asks for.
func (s *Server) door(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sim/") {
			next.ServeHTTP(w, r)
			return
		}
		now := s.clock.Now()
		if status, down := s.outage(now); down {
			s.truth.fault("outage")
			if status == 0 {
				reset(w)
				return
			}
			http.Error(w, http.StatusText(status), status)
			return
		}
		pause(r.Context(), s.scenario.Latency)
		w.Header().Set("Date", s.clock.Now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

// graph answers the little that is asked of Graph so far.
func (s *Server) graph() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/organization", func(w http.ResponseWriter, r *http.Request) {
		s.truth.request("organization")
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		claims, err := s.mint.verify(token, s.signInClock.Now())
		t := s.tenants[claims.Tenant]
		if err != nil || !s.isGraph(claims.Audience) || t == nil {
			writeJSON(w, http.StatusUnauthorized, map[string]any{"error": map[string]string{"code": "InvalidAuthenticationToken", "message": "Access token validation failure."}})
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"value": []map[string]any{{
			"id": t.ID, "displayName": t.Name,
			"verifiedDomains": []map[string]any{{"name": t.Name + ".onmicrosoft.com", "isInitial": true, "isDefault": true}},
		}}})
	})
	return mux
}

// Run serves until ctx ends; then it returns nil. It may be called once.
func (s *Server) Run(ctx context.Context) error {
	handlers := [3]http.Handler{s.door(s.login()), s.door(s.management()), s.door(s.graph())}
	failed := make(chan error, len(handlers))
	var group sync.WaitGroup
	var servers []*http.Server
	for i, h := range handlers {
		srv := &http.Server{
			Handler: h, ReadHeaderTimeout: time.Minute,
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{s.authority.leaf}, MinVersion: tls.VersionTLS12},
			ErrorLog:  log.New(quiet{}, "", 0), // aborted handshakes and answers are what scenarios are made of
		}
		servers = append(servers, srv)
		group.Go(func() {
			if err := srv.ServeTLS(s.listeners[i], "", ""); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve the simulated Microsoft 365: %w", err)
			}
		})
	}
	hooks, stop := context.WithCancel(ctx)
	group.Go(func() { s.notify(hooks) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	for _, srv := range servers {
		_ = srv.Close() // it ends Serve; there is nothing left to lose
	}
	s.Close()
	group.Wait()
	return err
}

// Close closes the ports of a server that is not going to Run.
func (s *Server) Close() {
	for _, l := range s.listeners {
		if l != nil {
			_ = l.Close() // it may be closed already
		}
	}
}

// DialContext connects to a server in memory; the address chooses the root.
func (s *Server) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if l := s.memory[host]; l != nil {
		return l.dial(ctx)
	}
	return nil, &net.OpError{Op: "dial", Net: network, Addr: pipeAddr(address), Err: errors.New("no such host in the simulator")}
}

// isManagement says whether a resource is the Management Activity API, by this
// server's root or by a real one's.
func (s *Server) isManagement(resource string) bool {
	switch strings.TrimRight(resource, "/") {
	case s.roots.Management, "https://manage.office.com", "https://manage-gcc.office.com", "https://manage.office365.us", "https://manage.protection.apps.mil":
		return true
	}
	return false
}

func (s *Server) isGraph(resource string) bool {
	switch strings.TrimRight(resource, "/") {
	case s.roots.Graph, "https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us":
		return true
	}
	return false
}

// quiet drops what net/http says of broken connections.
type quiet struct{}

func (quiet) Write(p []byte) (int, error) { return len(p), nil }
