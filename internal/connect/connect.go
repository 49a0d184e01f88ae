package connect

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Config is what a Connector needs.
type Config struct {
	Catalog *catalog.DB
	// Vault holds the secrets of added tenants. nil: only declared tenants and
	// federated ones can be used.
	Vault *secret.Vault
	// Clouds are the known clouds by name; nil means nightjar.Clouds().
	Clouds map[string]nightjar.Cloud
	Clock  clock.Clock
	Logger *slog.Logger // nil discards
	HTTP   m365.HTTPOptions
	// PublisherID goes with every request; empty means each tenant's own GUID.
	PublisherID string
	// RequestsPerMinute is each tenant's budget; 0 means Microsoft's baseline.
	RequestsPerMinute int
	Metrics           *m365.Metrics // may be nil
	// OnThrottle is told of each throttled answer. It must not block. May be nil.
	OnThrottle func(m365.ThrottleInfo)
	// OnRetry is told of each failure that is about to be tried again. It must
	// not block. May be nil.
	OnRetry func(m365.RetryInfo)
	// Consent is the operator's own multi-tenant application; the zero value: none.
	Consent ConsentApp
	// Progress tells how far collection of a tenant has come; nil leaves the
	// last steps of attempts to connect waiting. The collector's ledger answers
	// it, which this package must not know.
	Progress func(ctx context.Context, tenant nightjar.TenantID) (Progress, error)
	// Ready is told when a tenant that is being connected can be collected, so
	// that nobody waits for a collector that was refused before and tries again
	// slowly. It must not block. May be nil.
	Ready func(tenant nightjar.TenantID)
	// Audit records what happens to attempts at consent and the connections
	// that they make, and what the configuration declares; nil records nothing.
	// Every other change is recorded by who asks for it.
	Audit Auditor
	// ExpiryWarning is how long before its end a credential is warned about; 0
	// means DefaultExpiryWarning.
	ExpiryWarning time.Duration
	// Entropy is where keys and values that cannot be guessed come from; nil
	// means crypto/rand.
	Entropy io.Reader
}

// Connector keeps the connections and their clients. It is safe for
// concurrent use.
type Connector struct {
	cfg    Config
	db     *catalog.DB
	vault  *secret.Vault
	clouds map[string]nightjar.Cloud
	clock  clock.Clock
	log    *slog.Logger

	entropy  io.Reader
	woken    chan struct{} // holds one token: attempts are to be looked at
	watchers watchers

	mu      sync.Mutex
	http    map[string]*http.Client // by cloud
	clients map[nightjar.TenantID]*client
}

// New returns a Connector over the tenants in the catalog.
func New(cfg Config) (*Connector, error) {
	if cfg.Catalog == nil {
		return nil, errors.New("connect needs a catalog")
	}
	c := &Connector{
		cfg: cfg, db: cfg.Catalog, vault: cfg.Vault, clouds: maps.Clone(cfg.Clouds), clock: cfg.Clock, log: cfg.Logger,
		http: make(map[string]*http.Client), clients: make(map[nightjar.TenantID]*client),
		entropy: cfg.Entropy, woken: make(chan struct{}, 1),
	}
	if c.entropy == nil {
		c.entropy = rand.Reader
	}
	if c.cfg.ExpiryWarning == 0 {
		c.cfg.ExpiryWarning = DefaultExpiryWarning
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.clouds == nil {
		c.clouds = make(map[string]nightjar.Cloud)
		for _, cloud := range nightjar.Clouds() {
			c.clouds[cloud.Name] = cloud
		}
	}
	return c, nil
}

func (c *Connector) cloudNames() []string {
	return slices.Sorted(maps.Keys(c.clouds))
}

// httpClient returns the client of a cloud, made once and shared by its tenants.
func (c *Connector) httpClient(cloud nightjar.Cloud) (*http.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h, ok := c.http[cloud.Name]; ok {
		return h, nil
	}
	h, err := m365.NewHTTPClient(cloud, c.cfg.HTTP)
	if err != nil {
		return nil, err
	}
	c.http[cloud.Name] = h
	return h, nil
}
