package notify

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Warnings take conditions; internal/health has them. It keeps this package
// from depending on health.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// Config is what a Notifier needs.
type Config struct {
	Catalog *catalog.DB
	// Vault opens the secrets of channels; nil: channels can be looked at alone.
	Vault *secret.Vault
	Clock clock.Clock
	// Kinds are those that channels can be of.
	Kinds []Kind
	// AllowNetworks may be reached although they are not of the internet.
	AllowNetworks []netip.Prefix
	// Proxy says through which proxy a URL is reached; nil, and a nil URL:
	// through none. E-mail and syslog are not of HTTP, and go through none.
	Proxy func(*url.URL) (*url.URL, error)
	// RetryFor is how long a message is tried before it is given up; 0 means three days.
	RetryFor time.Duration
	// LookEvery is how often Run looks whether another process has written: the
	// command line. 0 means 2 seconds. What this process writes wakes it.
	LookEvery time.Duration
	// PublicURL is where people reach the console; "" leaves links out.
	PublicURL string
	// Names returns the name of a tenant for people; nil leaves the id.
	Names    func(nightjar.TenantID) string
	Warnings Warnings // nil: nobody is warned
	Logger   *slog.Logger
	// Registerer takes the metrics; nil leaves them unregistered.
	Registerer prometheus.Registerer
	Random     io.Reader // of ids; nil means crypto/rand
	// Guard opens connections in place of one made of AllowNetworks and Proxy; for tests.
	Guard *Guard
	// Roots are trusted in place of those of the system; nil means those.
	Roots   *x509.CertPool
	Version string // of Nightjar
}

// Notifier keeps channels, routes and the outbox, and sends what is in it. It
// is safe for concurrent use, and several processes may use one catalog as
// long as one of them runs it.
type Notifier struct {
	cfg     Config
	db      *catalog.DB
	vault   *secret.Vault
	clock   clock.Clock
	log     *slog.Logger
	random  io.Reader
	kinds   map[string]Kind
	env     Environment
	metrics *metrics

	mu    sync.Mutex
	plan  plan             // what the catalog says, by its revision
	lanes map[string]*lane // of Run
	woken chan struct{}    // tells Run that channels changed

	warned map[string]bool // names that channels had, of Run alone
}

// plan is what routes and channels are, read once for each revision.
type plan struct {
	revision int64
	channels map[string]Channel
	routes   []Route
}

const defaultRetryFor = 3 * 24 * time.Hour

// New returns the notifier of the catalog. Nothing is sent before Run.
func New(cfg Config) (*Notifier, error) {
	if cfg.Catalog == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "notifications need a catalog"}
	}
	if cfg.RetryFor < 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "notifications are retried for a span that is not negative"}
	}
	cfg.RetryFor = cmp.Or(cfg.RetryFor, defaultRetryFor)
	cfg.LookEvery = cmp.Or(cfg.LookEvery, lookEvery)
	n := &Notifier{
		cfg: cfg, db: cfg.Catalog, vault: cfg.Vault, clock: cfg.Clock, log: cfg.Logger, random: cfg.Random, kinds: map[string]Kind{},
		lanes: map[string]*lane{}, woken: make(chan struct{}, 1), warned: map[string]bool{},
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	if n.random == nil {
		n.random = rand.Reader
	}
	for _, k := range cfg.Kinds {
		n.kinds[k.Name] = k
	}
	guard := cfg.Guard
	if guard == nil {
		guard = NewGuard(GuardConfig{Allow: cfg.AllowNetworks, Proxy: cfg.Proxy})
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost" // it only names this machine to people
	}
	n.env = Environment{Guard: guard, Clock: cfg.Clock, Wall: clock.Real(), Random: n.random, Roots: cfg.Roots, Host: host, Version: cmp.Or(cfg.Version, "dev")}
	if n.metrics, err = newMetrics(cfg.Registerer, cfg.Kinds); err != nil {
		return nil, err
	}
	return n, nil
}

// Kinds returns the kinds that channels can be of.
func (n *Notifier) Kinds() []Kind { return n.cfg.Kinds }

// Environment is what sinks are made with.
func (n *Notifier) Environment() Environment { return n.env }

// now is the clock's time as the catalog keeps it.
func (n *Notifier) now() time.Time { return catalog.Time(catalog.Micros(n.clock.Now())) }

// current returns the plan of the catalog's revision, read through db: inside
// of a transaction that must be it.
func (n *Notifier) current(ctx context.Context, db bun.IDB) (plan, error) {
	var revision int64
	if err := db.NewRaw(sqlRevision).Scan(ctx, &revision); err != nil {
		return plan{}, fmt.Errorf("read the revision of notifications: %w", catalog.Translate(err))
	}
	n.mu.Lock()
	held := n.plan
	n.mu.Unlock()
	if held.revision == revision {
		return held, nil
	}
	p := plan{revision: revision, channels: map[string]Channel{}}
	list, err := channels(ctx, db)
	if err != nil {
		return plan{}, err
	}
	for _, c := range list {
		p.channels[c.ID] = c
	}
	r, err := routes(ctx, db)
	if err != nil {
		return plan{}, err
	}
	p.routes = r.Routes
	n.mu.Lock()
	defer n.mu.Unlock()
	if p.revision > n.plan.revision {
		n.plan = p
	}
	return p, nil
}

// wakeAll has every queue look at what there is to do.
func (n *Notifier) wakeAll() {
	select {
	case n.woken <- struct{}{}:
	default:
	}
	n.stirAll()
}

func (n *Notifier) stirAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.lanes {
		l.stir()
	}
}

func (n *Notifier) wake(channels []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range channels {
		if l := n.lanes[id]; l != nil {
			l.stir()
		}
	}
}
