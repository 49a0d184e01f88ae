package m365

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// ActivityConfig configures the client of one tenant.
type ActivityConfig struct {
	Cloud  nightjar.Cloud
	Tenant nightjar.TenantID
	Tokens *TokenSource
	HTTP   *http.Client // of NewHTTPClient, for the same cloud
	// PublisherID is the GUID of the tenant that publishes the application; it
	// goes with every request, or all of the world's callers without one share
	// a quota. Empty means the tenant's own GUID.
	PublisherID string
	// Audience is the root that tokens are asked for. Empty means the cloud's
	// management root.
	Audience string
	// Budget is the tenant's quota. nil means one of the default size.
	Budget  *Budget
	Clock   clock.Clock
	Logger  *slog.Logger // nil discards
	Metrics *Metrics     // may be nil

	// Attempts is how often one request is tried when the failure may pass. 0 means 6.
	Attempts int
	// IdleTimeout is how long the body of an answer may stand still, in the
	// machine's time. 0 means 60 s.
	IdleTimeout time.Duration
	// MaxBlobBytes bounds the decoded size of a blob; beyond it Read fails with
	// KindTooLarge. 0 means no bound: memory does not grow with the size.
	MaxBlobBytes int64
	// OnThrottle is told of each throttled answer. It must not block. May be nil.
	OnThrottle func(ThrottleInfo)
	// OnRetry is told of each failure that is about to be tried again. It must
	// not block. May be nil.
	OnRetry func(RetryInfo)
	// Rand gives numbers in [0,1) for jitter. nil means math/rand/v2.
	Rand func() float64
}

// ThrottleInfo is one throttled answer.
type ThrottleInfo struct {
	Tenant     nightjar.TenantID
	Feed       nightjar.Feed // empty when the request was not for one feed
	Operation  string        // such as "list content"
	Status     int
	RetryAfter time.Duration // what the answer asked for; 0 when it asked for nothing
	Pause      time.Duration // how long the tenant pauses
	PerMinute  float64       // requests a minute after it
}

// RetryInfo is one failure that is tried again.
type RetryInfo struct {
	Tenant nightjar.TenantID
	Feed   nightjar.Feed // empty when the request was not for one feed
	Err    error
}

// Activity is the Management Activity API of one tenant. It is safe for
// concurrent use.
type Activity struct {
	cfg    ActivityConfig
	origin origin
	base   string // https://manage.office.com/api/v1.0/{tenant}/activity/feed/
	log    *slog.Logger
	skew   skew
	unzip  sync.Pool // of *gzip.Reader
}

// NewActivity returns a client. It sends nothing yet.
func NewActivity(cfg ActivityConfig) (*Activity, error) {
	tenant, err := nightjar.ParseTenantID(string(cfg.Tenant))
	if err != nil {
		return nil, err
	}
	cfg.Tenant = tenant
	root, err := originOf(cfg.Cloud.Management)
	if err != nil {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "the management root of the cloud " + cfg.Cloud.Name + " is not usable",
			Hint: "write it as https://host, without a path", Err: err,
		}
	}
	if cfg.PublisherID == "" {
		cfg.PublisherID = string(tenant)
	} else if publisher, err := nightjar.ParseTenantID(cfg.PublisherID); err != nil {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "publisher_id is not a GUID",
			Hint: "it is the directory (tenant) id of whoever publishes the application; leave it out to use the tenant's own",
		}
	} else {
		cfg.PublisherID = string(publisher)
	}
	if cfg.Tokens == nil || cfg.HTTP == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "an activity client needs tokens and an HTTP client"}
	}
	if cfg.Audience == "" {
		cfg.Audience = cfg.Cloud.Management
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Float64
	}
	if cfg.Budget == nil {
		cfg.Budget = NewBudget(BudgetConfig{Clock: cfg.Clock, Rand: cfg.Rand})
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Attempts <= 0 {
		cfg.Attempts = 6
	}
	if cfg.IdleTimeout <= 0 {
		cfg.IdleTimeout = 60 * time.Second
	}
	return &Activity{
		cfg: cfg, origin: root,
		base: strings.TrimRight(cfg.Cloud.Management, "/") + "/api/v1.0/" + string(tenant) + "/activity/feed/",
		log:  cfg.Logger.With("tenant", string(tenant), "source", "management-activity"),
	}, nil
}

// Budget returns the tenant's quota.
func (a *Activity) Budget() *Budget { return a.cfg.Budget }

// Skew tells how far Microsoft's clock was ahead of ours at the last answer;
// known is false before the first.
func (a *Activity) Skew() (ahead time.Duration, known bool) { return a.skew.get() }
