package config

import (
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Config is every option with its value. Paths are absolute or relative to
// the working directory; those that stood in the file have been resolved
// against the file's own folder.
type Config struct {
	DataDir     string
	Listen      string // host:port of health, metrics and the webhook; "" listens nowhere
	KeyFile     string // "" means the systemd credential, else nightjar.key in DataDir
	PublisherID string // GUID sent with each request; "" means the tenant's own id
	Proxy       string // URL of an HTTP(S) proxy; "" follows HTTPS_PROXY and NO_PROXY
	MemoryLimit int64  // bytes that the Go heap aims to stay under; 0 means no aim of ours

	Console   Console
	Log       Log
	Consent   Consent
	Connect   Connect
	Collect   Collect
	Journal   Journal
	Retention Retention
	Query     Query
	Webhook   Webhook
	Geo       Geo
	Rules     Rules
	Notify    Notify
	Rehearsal Rehearsal

	Clouds  []nightjar.Cloud // those that the file adds to nightjar.Clouds
	Tenants []Tenant
	SSO     []Provider // where people sign in beside their passwords

	// File is the path of the file read, "" when there was none.
	File string

	origins map[string]Origin
}

// Log is how the daemon writes its log.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // auto, text, json; auto is text on a terminal
}

// Collect is how feeds are collected.
type Collect struct {
	RequestsPerMinute int           // the budget of one tenant
	PollInterval      time.Duration // between two listings of one feed
	Overlap           time.Duration // how far each listing reaches back behind the last
	ReconcileEvery    time.Duration // between two listings of all that Microsoft holds
	Margin            time.Duration // kept from the end of Microsoft's seven days
	CommitDelay       time.Duration // how long decoded blobs wait for company before they are committed
	Concurrency       int           // blobs fetched at a time, all tenants
	FeedConcurrency   int           // blobs fetched at a time of one feed
	Memory            int64         // bytes of decoded events that wait for their commit, all tenants
	EventBytes        int64         // a longer single record quarantines its blob
	DedupeMemory      int64         // bytes of all Bloom filters in front of exact deduplication
}

// Journal is how the store is kept.
type Journal struct {
	MaintainEvery time.Duration // between two rounds of compaction, retention and sweeping
}

// Retention is how long events are kept. Zero keeps them for ever.
type Retention struct {
	Default time.Duration
	Tables  map[nightjar.Table]time.Duration
}

// Query bounds one query of an analyst.
type Query struct {
	Memory  int64 // bytes of the worker process
	Timeout time.Duration
	Rows    int64
	Bytes   int64 // of the answer
	Threads int   // of one worker
}

// Webhook is the optional receiver of Microsoft's notifications: a hint to
// list sooner, never the way that data comes in.
type Webhook struct {
	URL        string // public https address that Microsoft calls; "" means no webhook
	AuthIDFile string // file holding the shared value that Microsoft sends back as Webhook-AuthID
}

// Rehearsal runs Nightjar on a scaled clock against a simulator.
type Rehearsal struct {
	Epoch time.Time // the clock's time at start; zero means the real clock
	Base  time.Time // wall time at which the clock showed Epoch; zero means the start of the process
	Speed float64   // virtual seconds a second
}

// Tenant is a tenant declared in the file.
type Tenant struct {
	Name     string
	ID       nightjar.TenantID
	Cloud    string
	ClientID string
	Tag      string
	Start    time.Time
	Paused   bool
	Feeds    map[nightjar.Feed]nightjar.FeedOptions

	// Exactly one credential: a secret, a certificate with its key, or a
	// federated token that something else keeps fresh.
	ClientSecretFile   string
	CertificateFile    string
	PrivateKeyFile     string
	FederatedTokenFile string

	// Line is where the tenant stands in the file.
	Line int
}

// Origin says where the value of an option came from.
type Origin struct {
	Kind   OriginKind
	Detail string // the flag, the variable, or file:line; "" for a default
}

// OriginKind is one of the four places that a value can come from.
type OriginKind string

// The kinds, strongest first.
const (
	FromFlag        OriginKind = "flag"
	FromEnvironment OriginKind = "environment"
	FromFile        OriginKind = "file"
	FromDefault     OriginKind = "default"
)

// Origin returns where the option named key got its value.
func (c *Config) Origin(key string) Origin {
	if o, ok := c.origins[key]; ok {
		return o
	}
	return Origin{Kind: FromDefault}
}
