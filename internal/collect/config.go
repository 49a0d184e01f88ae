package collect

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// Config is what a Collector needs.
type Config struct {
	Journal *journal.Journal
	Catalog *catalog.DB
	Clock   clock.Clock
	Logger  *slog.Logger // nil discards
	// Registerer takes the metrics; nil leaves them unregistered.
	Registerer prometheus.Registerer
	// Pipeline takes what the collector says of itself (collectors_out); nil discards.
	Pipeline Pipeline
	// Warnings takes what is wrong; nil discards.
	Warnings Warnings
	// Tenants returns the tenants to collect. It is asked again every
	// Options.TenantRefresh, so tenants come, go and pause at run time.
	Tenants func(ctx context.Context) ([]nightjar.Tenant, error)
	// Activity returns the client of one tenant. It is asked before each poll
	// and may cache.
	Activity func(ctx context.Context, tenant nightjar.Tenant) (*m365.Activity, error)
	// Place returns where the client of an event is, which has the place that
	// the record itself states, if any. It is called for each event by several
	// goroutines at once, and must not block on I/O to other machines; nil leaves
	// what the record states.
	Place func(e *nightjar.Event) nightjar.Place
	// DataDir is the data folder; content that does not parse goes to its folder "quarantine".
	DataDir string
	Options Options
}

// Pipeline takes rows of collectors_out. Add must not block on I/O and is safe
// for concurrent use. An interface, so that collect does not depend on health,
// which writes to the journal that collect writes to.
type Pipeline interface {
	Add(r nightjar.PipelineRecord)
}

// Warnings is the registry of what is wrong. It is safe for concurrent use and
// never blocks on I/O. An interface for the same reason as Pipeline.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// Options are the choices of an administrator. A zero field means its default.
type Options struct {
	PollInterval   time.Duration // between two polls of a feed; 1 minute
	Overlap        time.Duration // content time listed again at each poll; 3 hours
	ReconcileEvery time.Duration // between two listings of all 7 days; 24 hours
	Margin         time.Duration // kept from the end of Microsoft's 7 days; 5 minutes
	TenantRefresh  time.Duration // between two looks at the list of tenants; 5 seconds

	Concurrency     int // fetches at a time, all tenants; 64
	FeedConcurrency int // fetches at a time of one feed; 16

	MemoryBytes  int64 // of decoded events in flight, all tenants; 32 MiB
	PieceBytes   int64 // of raw events after which a blob is stored in pieces; 8 MiB
	EventBytes   int   // largest event that is accepted; 16 MiB
	CommitDelay  time.Duration
	CommitEvents int   // a commit does not wait for more than this; 20,000
	CommitBytes  int64 // nor for more raw bytes than this; 16 MiB

	YoungAge      time.Duration // a blob fetched at most this long after its creation is young; 30 minutes
	SettleAfter   time.Duration // from the first fetch of a young blob to the second; 30 minutes
	SettlePerHour int           // young blobs of a feed that are fetched again in any case; 200 an hour
	SettleShare   int           // beyond that, one in so many; 10

	RetryFirst  time.Duration // wait after the first failure of a blob; 5 seconds
	RetryLimit  time.Duration // longest wait between two tries; 15 minutes
	PoisonTries int           // tries after which content that does not parse goes to quarantine; 3
	// TruncatedTries is how often content that ends early is fetched before it
	// goes to quarantine, where its bytes are kept, and is tried once a day; 6.
	TruncatedTries int
	QuarantineMax  int64         // bytes kept of one blob; 512 MiB
	ParkInterval   time.Duration // between two looks at a feed that is not permitted; 10 minutes

	// Webhook asks Microsoft to call when there is content; nil only polls.
	Webhook *m365.Webhook
}

// subscriptionSpacing is how long the same subscription is not asked for
// again. Source: office-365-management-activity-api-reference ("allow at
// least 15 minutes between calls"), read 2026-11-22.
const subscriptionSpacing = 15 * time.Minute

func (o Options) withDefaults() Options {
	o.PollInterval = cmp.Or(o.PollInterval, time.Minute)
	o.Overlap = cmp.Or(o.Overlap, 3*time.Hour)
	o.ReconcileEvery = cmp.Or(o.ReconcileEvery, 24*time.Hour)
	o.Margin = cmp.Or(o.Margin, 5*time.Minute)
	o.TenantRefresh = cmp.Or(o.TenantRefresh, 5*time.Second)
	o.Concurrency = cmp.Or(o.Concurrency, 64)
	o.FeedConcurrency = cmp.Or(o.FeedConcurrency, 16)
	o.MemoryBytes = cmp.Or(o.MemoryBytes, 32<<20)
	o.PieceBytes = cmp.Or(o.PieceBytes, 8<<20)
	o.EventBytes = cmp.Or(o.EventBytes, 16<<20)
	o.CommitDelay = cmp.Or(o.CommitDelay, time.Second)
	o.CommitEvents = cmp.Or(o.CommitEvents, 20_000)
	o.CommitBytes = cmp.Or(o.CommitBytes, 16<<20)
	o.YoungAge = cmp.Or(o.YoungAge, 30*time.Minute)
	o.SettleAfter = cmp.Or(o.SettleAfter, 30*time.Minute)
	o.SettlePerHour = cmp.Or(o.SettlePerHour, 200)
	o.SettleShare = cmp.Or(o.SettleShare, 10)
	o.RetryFirst = cmp.Or(o.RetryFirst, 5*time.Second)
	o.RetryLimit = cmp.Or(o.RetryLimit, 15*time.Minute)
	o.PoisonTries = cmp.Or(o.PoisonTries, 3)
	o.TruncatedTries = cmp.Or(o.TruncatedTries, 6)
	o.QuarantineMax = cmp.Or(o.QuarantineMax, 512<<20)
	o.ParkInterval = cmp.Or(o.ParkInterval, 10*time.Minute)
	return o
}

func (o Options) validate() error {
	for _, d := range []struct {
		name string
		v    time.Duration
		min  time.Duration
		max  time.Duration
	}{
		{"poll_interval", o.PollInterval, time.Second, 12 * time.Hour},
		{"overlap", o.Overlap, 0, maxWindow},
		{"reconcile_every", o.ReconcileEvery, time.Minute, nightjar.ContentRetention / 2},
		{"margin", o.Margin, 0, 24 * time.Hour},
	} {
		if d.v < d.min || d.v > d.max {
			return &nightjar.Error{
				Code:    nightjar.CodeInvalid,
				Message: fmt.Sprintf("collect.%s is %s", d.name, d.v),
				Hint:    fmt.Sprintf("it must be between %s and %s", d.min, d.max),
			}
		}
	}
	if o.MemoryBytes < 1<<20 || o.Concurrency < 1 || o.FeedConcurrency < 1 {
		return &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "collect.concurrency or collect.memory is too small",
			Hint: "concurrency must be at least 1 and memory at least 1 MiB",
		}
	}
	return nil
}

func (cfg Config) validate() error {
	switch {
	case cfg.Journal == nil, cfg.Catalog == nil, cfg.Tenants == nil, cfg.Activity == nil, cfg.DataDir == "":
		return &nightjar.Error{Code: nightjar.CodeInternal, Message: "the collector lacks a journal, a catalog, tenants, a client or a data folder"}
	}
	return cfg.Options.validate()
}

// QuarantineFolder is the quarantine's folder in a data directory.
const QuarantineFolder = "quarantine"

func (cfg Config) quarantineDir() string { return filepath.Join(cfg.DataDir, QuarantineFolder) }

type silent struct{}

func (silent) Add(nightjar.PipelineRecord) {}

func (silent) Set(nightjar.WarningCode, nightjar.TenantID, string, map[string]string) {}

func (silent) Clear(nightjar.WarningCode, nightjar.TenantID, string) {}
