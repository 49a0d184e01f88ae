package sim

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed scenarios/*.yaml
var scenarioFiles embed.FS

// Scenario says what goes wrong. The zero value is a calm service. A share is
// a probability between 0 and 1, drawn from the seed and the name of the thing,
// so that the same scenario with the same seed spoils the same things; a count
// is exact, for each tenant; durations are in the service's time, but for
// Latency and SlowBody, which are the wall's.
type Scenario struct {
	Name  string `yaml:"name" json:"name"`
	About string `yaml:"about" json:"about,omitempty"`
	Seed  uint64 `yaml:"seed" json:"seed,omitempty"`

	// Listing.
	PageLimit       int     `yaml:"page_limit" json:"page_limit,omitempty"`               // blobs on a page; 0 means 200
	Shuffle         bool    `yaml:"shuffle" json:"shuffle,omitempty"`                     // each page in its own order
	DuplicateItems  float64 `yaml:"duplicate_items" json:"duplicate_items,omitempty"`     // share of blobs listed twice
	EmptyPages      float64 `yaml:"empty_pages" json:"empty_pages,omitempty"`             // share of pages preceded by an empty one with NextPageUri
	ForeignNextPage int     `yaml:"foreign_next_page" json:"foreign_next_page,omitempty"` // first answers of each feed whose NextPageUri names a foreign host
	SameMillisecond float64 `yaml:"same_millisecond" json:"same_millisecond,omitempty"`   // share of minutes whose blobs all carry the same contentCreated
	Late            Late    `yaml:"late" json:"late"`                                     // blobs that appear behind the cursor
	Redeliver       Late    `yaml:"redeliver" json:"redeliver"`                           // blobs whose events come again under a new contentId
	Growing         Late    `yaml:"growing" json:"growing"`                               // blobs served in part while younger than the delay

	// Content that is truly withheld.
	Expired           float64       `yaml:"expired" json:"expired,omitempty"` // share of blobs listed although expired (AF20051)
	Missing           float64       `yaml:"missing" json:"missing,omitempty"` // share of blobs listed that do not exist (AF20050)
	Unauthorised      []string      `yaml:"unauthorised" json:"unauthorised,omitempty"`
	UnauthorisedUntil time.Duration `yaml:"unauthorised_until" json:"unauthorised_until,omitempty"` // from the start; 0 means for ever
	Disabled          []string      `yaml:"disabled" json:"disabled,omitempty"`                     // feeds switched off by an administrator (AF20023)
	// ExpireEarly makes a share of blobs expire a delay after the server's
	// start: what is not fetched by then is gone, and the report says so.
	ExpireEarly Late `yaml:"expire_early" json:"expire_early"`

	// Blobs that hold no event of the tenant.
	Poison         int   `yaml:"poison" json:"poison,omitempty"`                   // not JSON
	HTML           int   `yaml:"html" json:"html,omitempty"`                       // an HTML page with status 200, for ever
	Bombs          int   `yaml:"bombs" json:"bombs,omitempty"`                     // small on the wire, BombBytes when inflated
	BombBytes      int64 `yaml:"bomb_bytes" json:"bomb_bytes,omitempty"`           // 0 means 1 GiB
	WrongTenant    int   `yaml:"wrong_tenant" json:"wrong_tenant,omitempty"`       // one record of another tenant
	ForeignContent int   `yaml:"foreign_content" json:"foreign_content,omitempty"` // contentUri on a foreign host
	// Huge blobs hold generated events of the tenant, HugeBytes in each.
	Huge      int   `yaml:"huge" json:"huge,omitempty"`
	HugeBytes int64 `yaml:"huge_bytes" json:"huge_bytes,omitempty"` // 0 means 70 MiB

	// Passing faults: each strikes a given request at most Repeats times.
	Repeats      int           `yaml:"repeats" json:"repeats,omitempty"` // 0 means 2
	Truncate     float64       `yaml:"truncate" json:"truncate,omitempty"`
	PassingHTML  float64       `yaml:"passing_html" json:"passing_html,omitempty"`
	Unauthorized float64       `yaml:"unauthorized" json:"unauthorized,omitempty"` // 401 in the middle of things
	ServerError  float64       `yaml:"server_error" json:"server_error,omitempty"`
	Reset        float64       `yaml:"reset" json:"reset,omitempty"`
	Slow         float64       `yaml:"slow" json:"slow,omitempty"`
	SlowBody     time.Duration `yaml:"slow_body" json:"slow_body,omitempty"` // how long a slow body takes; 0 means 300 ms
	TokenError   float64       `yaml:"token_error" json:"token_error,omitempty"`
	Throttle     Throttle      `yaml:"throttle" json:"throttle"`
	Bursts       []Burst       `yaml:"bursts" json:"bursts,omitempty"`
	Outages      []Outage      `yaml:"outages" json:"outages,omitempty"`
	Latency      time.Duration `yaml:"latency" json:"latency,omitempty"` // added to every request
	ClockSkew    time.Duration `yaml:"clock_skew" json:"clock_skew,omitempty"`

	// The service's properties.
	Quota          int           `yaml:"quota" json:"quota,omitempty"`                       // requests a tenant and minute; 0 means 2000, negative none
	AlreadyEnabled *float64      `yaml:"already_enabled" json:"already_enabled,omitempty"`   // share of repeated starts answered AF20024; absent means 1
	FirstBlobDelay time.Duration `yaml:"first_blob_delay" json:"first_blob_delay,omitempty"` // from a subscription's start to its first blob
	// ConsentDelay is how long the wall's clock runs from a consent until its
	// permissions are in tokens; for half of it the application is not even known.
	ConsentDelay time.Duration `yaml:"consent_delay" json:"consent_delay,omitempty"`
	// AuditOffFor is how long after the first request for a tenant its auditing
	// is off, by the wall's clock: as if an administrator then switched it on.
	AuditOffFor time.Duration `yaml:"audit_off_for" json:"audit_off_for,omitempty"`
	// ForgeIDToken makes the tokens of browser sign-ins lie: unsigned,
	// foreign_key, foreign_tenants_key, wrong_audience, wrong_party, wrong_issuer,
	// wrong_tenant, wrong_nonce, expired, no_auth_time or old_auth_time.
	ForgeIDToken  string        `yaml:"forge_id_token" json:"forge_id_token,omitempty"`
	TokenLifetime time.Duration `yaml:"token_lifetime" json:"token_lifetime,omitempty"` // 0 means 3599 s
	NoGzip        bool          `yaml:"no_gzip" json:"no_gzip,omitempty"`
}

// Late is a share of blobs and a delay.
type Late struct {
	Share float64       `yaml:"share" json:"share,omitempty"`
	Delay time.Duration `yaml:"delay" json:"delay,omitempty"`
}

// Throttle is throttling beyond the quota.
type Throttle struct {
	Share     float64 `yaml:"share" json:"share,omitempty"`
	Forbidden float64 `yaml:"forbidden" json:"forbidden,omitempty"` // share answered as 403 with single quotes rather than 429
	// RetryAfter bounds the header; both 0 means no header, as Microsoft documents none.
	RetryAfterMin time.Duration `yaml:"retry_after_min" json:"retry_after_min,omitempty"`
	RetryAfterMax time.Duration `yaml:"retry_after_max" json:"retry_after_max,omitempty"`
	Garbage       float64       `yaml:"garbage" json:"garbage,omitempty"` // share of Retry-After headers that make no sense
}

// Burst answers every request of a span with one status.
type Burst struct {
	From   time.Duration `yaml:"from" json:"from"` // from the server's start
	For    time.Duration `yaml:"for" json:"for"`
	Status int           `yaml:"status" json:"status"`
}

// Outage refuses every request of a span, sign-in included.
type Outage struct {
	From time.Duration `yaml:"from" json:"from"` // from the server's start
	For  time.Duration `yaml:"for" json:"for"`
}

// Scenarios lists the scenarios that come with the simulator.
func Scenarios() []string {
	entries, err := fs.ReadDir(scenarioFiles, "scenarios")
	if err != nil {
		return nil // embedded at build time: it cannot be absent
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// LoadScenario reads a scenario that comes with the simulator, by name, or a
// YAML file, by path. An empty name is calm.
func LoadScenario(name string) (Scenario, error) {
	if name == "" {
		name = "calm"
	}
	data, err := scenarioFiles.ReadFile(path.Join("scenarios", name+".yaml"))
	if errors.Is(err, fs.ErrNotExist) || err != nil && strings.ContainsAny(name, "./\\") {
		if data, err = os.ReadFile(name); errors.Is(err, fs.ErrNotExist) {
			return Scenario{}, fmt.Errorf("no scenario or file is named %q; scenarios are %s", name, strings.Join(Scenarios(), ", "))
		}
	}
	if err != nil {
		return Scenario{}, fmt.Errorf("read scenario %q: %w", name, err)
	}
	s, err := ParseScenario(data)
	if err != nil {
		return Scenario{}, fmt.Errorf("read scenario %q: %w", name, err)
	}
	if s.Name == "" {
		s.Name = name
	}
	return s, nil
}

// ParseScenario reads a scenario's YAML. Unknown keys are errors.
func ParseScenario(data []byte) (Scenario, error) {
	var s Scenario
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return Scenario{}, err
	}
	return s, s.validate()
}

func (s Scenario) validate() error {
	shares := map[string]float64{
		"duplicate_items": s.DuplicateItems, "empty_pages": s.EmptyPages, "same_millisecond": s.SameMillisecond,
		"late.share": s.Late.Share, "redeliver.share": s.Redeliver.Share, "growing.share": s.Growing.Share,
		"expired": s.Expired, "missing": s.Missing, "expire_early.share": s.ExpireEarly.Share,
		"truncate": s.Truncate, "passing_html": s.PassingHTML, "unauthorized": s.Unauthorized, "server_error": s.ServerError,
		"reset": s.Reset, "slow": s.Slow, "token_error": s.TokenError, "throttle.share": s.Throttle.Share,
		"throttle.forbidden": s.Throttle.Forbidden, "throttle.garbage": s.Throttle.Garbage,
	}
	if s.AlreadyEnabled != nil {
		shares["already_enabled"] = *s.AlreadyEnabled
	}
	for name, v := range shares {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s is %v, not a share between 0 and 1", name, v)
		}
	}
	for _, list := range [][]string{s.Unauthorised, s.Disabled} {
		for _, name := range list {
			if _, ok := feedNamed(name); !ok {
				return fmt.Errorf("unknown feed %q", name)
			}
		}
	}
	for _, n := range []int64{
		int64(s.PageLimit), int64(s.ForeignNextPage), int64(s.Poison), int64(s.HTML), int64(s.Bombs), s.BombBytes,
		int64(s.WrongTenant), int64(s.ForeignContent), int64(s.Huge), s.HugeBytes, int64(s.Repeats),
		int64(s.Late.Delay), int64(s.Redeliver.Delay), int64(s.Growing.Delay), int64(s.FirstBlobDelay), int64(s.TokenLifetime), int64(s.Latency), int64(s.ConsentDelay), int64(s.AuditOffFor),
	} {
		if n < 0 {
			return errors.New("counts, sizes and durations must not be negative")
		}
	}
	switch s.ForgeIDToken {
	case "", "unsigned", "foreign_key", "foreign_tenants_key", "wrong_audience", "wrong_party", "wrong_issuer", "wrong_tenant", "wrong_nonce", "expired", "no_auth_time", "old_auth_time":
	default:
		return fmt.Errorf("unknown forgery %q", s.ForgeIDToken)
	}
	for _, b := range s.Bursts {
		if b.Status < 400 || b.Status > 599 {
			return fmt.Errorf("a burst's status is %d, not an error", b.Status)
		}
	}
	return nil
}

// withDefaults fills the service's properties.
func (s Scenario) withDefaults() Scenario {
	fill := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if s.PageLimit == 0 {
		s.PageLimit = 200
	}
	if s.Repeats == 0 {
		s.Repeats = 2
	}
	if s.Quota == 0 {
		s.Quota = 2000
	}
	if s.BombBytes == 0 {
		s.BombBytes = 1 << 30
	}
	if s.HugeBytes == 0 {
		s.HugeBytes = 70 << 20
	}
	fill(&s.TokenLifetime, 3599*time.Second)
	fill(&s.SlowBody, 300*time.Millisecond)
	fill(&s.Late.Delay, 20*time.Minute)
	fill(&s.Redeliver.Delay, 5*24*time.Hour)
	fill(&s.Growing.Delay, 10*time.Minute)
	fill(&s.ExpireEarly.Delay, 10*time.Minute)
	return s
}
