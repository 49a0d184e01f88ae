package config

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Options returns the table of options in the order in which people read it.
// Tenants, clouds and retention by table are structures, not single values;
// they exist in the file alone and are described by TenantKeys and CloudKeys.
func Options() []Option {
	return slices.Concat(generalOptions(), consoleOptions(), consentOptions(), collectOptions(), storeOptions(), geoOptions(), ruleOptions(), notifyOptions(), rareOptions())
}

func generalOptions() []Option {
	return []Option{
		{
			Key: "data_dir", Default: "data", Path: true, Common: true,
			Doc:  "Folder that holds everything Nightjar keeps: the catalog and the segments. One process collects into it at a time.",
			bind: func(c *Config) any { return &c.DataDir },
			check: func(c *Config) error {
				if c.DataDir == "" {
					return invalid("data_dir is empty", "name a folder, e.g. data_dir: /var/lib/nightjar")
				}
				return nil
			},
		},
		{
			Key: "listen", Default: "127.0.0.1:8470",
			Doc:  "Address of the console, health, metrics and the webhook receiver. Empty listens nowhere. Metrics need no password, so keep it on loopback or behind a proxy.",
			bind: func(c *Config) any { return &c.Listen },
			check: func(c *Config) error {
				if c.Listen == "" {
					return nil
				}
				if _, _, err := net.SplitHostPort(c.Listen); err != nil {
					return invalid("listen "+quote(c.Listen)+" is not host:port", "e.g. listen: 127.0.0.1:8470")
				}
				return nil
			},
		},
		{
			Key: "log.level", Default: "info", Common: true,
			Doc:   "Least severe message that is logged: debug, info, warn or error.",
			bind:  func(c *Config) any { return &c.Log.Level },
			check: func(c *Config) error { return oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error") },
		},
		{
			Key: "log.format", Default: "auto", Common: true,
			Doc:   "Form of the log on standard error: text, json, or auto (text on a terminal, json elsewhere).",
			bind:  func(c *Config) any { return &c.Log.Format },
			check: func(c *Config) error { return oneOf("log.format", c.Log.Format, "auto", "text", "json") },
		},
		{
			Key: "key_file", Path: true,
			Doc:  "File of the key that seals stored credentials; mode 0600, made when absent. Empty takes the systemd credential nightjar-kek, or else nightjar.key in data_dir. Keep it out of the backups of data_dir.",
			bind: func(c *Config) any { return &c.KeyFile },
		},
		{
			Key:  "publisher_id",
			Doc:  "GUID sent as PublisherIdentifier with each request; Microsoft counts quotas by it. Empty sends the tenant's own id.",
			bind: func(c *Config) any { return &c.PublisherID },
			check: func(c *Config) error {
				if c.PublisherID == "" {
					return nil
				}
				if _, err := nightjar.ParseTenantID(c.PublisherID); err != nil {
					return invalid("publisher_id "+quote(c.PublisherID)+" is not a GUID", "leave it out to send each tenant's own id")
				}
				return nil
			},
		},
		{
			Key: "proxy", Secret: true,
			Doc:  "URL of the HTTP proxy for requests to Microsoft, to channels by HTTP (notifications to notify.allow_networks go without it) and of the heartbeat. Empty follows HTTPS_PROXY and NO_PROXY; direct uses none. It may hold a password and is never shown.",
			bind: func(c *Config) any { return &c.Proxy },
			check: func(c *Config) error {
				if c.Proxy == "" || c.Proxy == "direct" {
					return nil
				}
				u, err := url.Parse(c.Proxy)
				if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
					return invalid("proxy is not the URL of a proxy", "e.g. proxy: http://proxy.example.com:3128, or direct for none")
				}
				return nil
			},
		},
		{
			Key: "memory_limit", Default: "0", size: true,
			Doc:  "Memory that the daemon's heap aims to stay under; the garbage collector works harder near it. 0 sets no aim, and GOMEMLIMIT, when set, has the last word. Below it the daemon collects garbage when it is half of what is in use; GOGC, when set, has the last word on that. Query workers have a limit of their own.",
			bind: func(c *Config) any { return &c.MemoryLimit },
		},
	}
}

func collectOptions() []Option {
	return []Option{
		{
			Key: "collect.requests_per_minute", Default: "2000",
			Doc:   "Request budget of one tenant. Microsoft's baseline is 2,000 a minute; the budget shrinks by itself on throttling and recovers.",
			bind:  func(c *Config) any { return &c.Collect.RequestsPerMinute },
			check: func(c *Config) error { return atLeast("collect.requests_per_minute", c.Collect.RequestsPerMinute, 1) },
		},
		{
			Key: "collect.poll_interval", Default: "1m",
			Doc:  "Time between two listings of a feed.",
			bind: func(c *Config) any { return &c.Collect.PollInterval },
			check: func(c *Config) error {
				return atLeastDuration("collect.poll_interval", c.Collect.PollInterval, time.Second)
			},
		},
		{
			Key: "collect.overlap", Default: "3h",
			Doc:   "How far each listing reaches back behind the last: Microsoft's list is unstable near now.",
			bind:  func(c *Config) any { return &c.Collect.Overlap },
			check: func(c *Config) error { return atLeastDuration("collect.overlap", c.Collect.Overlap, time.Minute) },
		},
		{
			Key: "collect.reconcile_every", Default: "24h",
			Doc:  "Time between two listings of the whole seven days that Microsoft holds; at most 84h.",
			bind: func(c *Config) any { return &c.Collect.ReconcileEvery },
			check: func(c *Config) error {
				return atLeastDuration("collect.reconcile_every", c.Collect.ReconcileEvery, time.Minute)
			},
		},
		{
			Key: "collect.margin", Default: "5m",
			Doc:  "How far collection stays away from the end of Microsoft's seven days, where a request would be refused whole.",
			bind: func(c *Config) any { return &c.Collect.Margin },
		},
		{
			Key: "collect.commit_delay", Default: "1s",
			Doc:  "How long decoded content waits for more before it is committed together; at most 4s. Shorter shows events sooner and writes more, smaller files.",
			bind: func(c *Config) any { return &c.Collect.CommitDelay },
			check: func(c *Config) error {
				if d := c.Collect.CommitDelay; d < time.Millisecond || d > 4*time.Second {
					return invalid("collect.commit_delay is "+d.String(), "it must be between 1ms and 4s")
				}
				return nil
			},
		},
		{
			Key: "collect.concurrency", Default: "64",
			Doc:   "Blobs that are fetched at a time, of all tenants together, within each tenant's request budget.",
			bind:  func(c *Config) any { return &c.Collect.Concurrency },
			check: func(c *Config) error { return atLeast("collect.concurrency", c.Collect.Concurrency, 1) },
		},
		{
			Key: "collect.feed_concurrency", Default: "16",
			Doc:   "Blobs that are fetched at a time of one feed of one tenant.",
			bind:  func(c *Config) any { return &c.Collect.FeedConcurrency },
			check: func(c *Config) error { return atLeast("collect.feed_concurrency", c.Collect.FeedConcurrency, 1) },
		},
		{
			Key: "collect.memory", Default: "32MiB", size: true,
			Doc:   "Decoded events that may wait for their commit, of all tenants together.",
			bind:  func(c *Config) any { return &c.Collect.Memory },
			check: func(c *Config) error { return atLeast("collect.memory", int(c.Collect.Memory), 1<<20) },
		},
		{
			Key: "collect.event_bytes", Default: "16MiB", size: true,
			Doc:   "Longest single record; a blob that holds a longer one is quarantined whole.",
			bind:  func(c *Config) any { return &c.Collect.EventBytes },
			check: func(c *Config) error { return atLeast("collect.event_bytes", int(c.Collect.EventBytes), 1<<16) },
		},
		{
			Key: "collect.dedupe_memory", Default: "64MiB", size: true,
			Doc:   "Memory of all filters in front of exact deduplication together. Less costs time, never events.",
			bind:  func(c *Config) any { return &c.Collect.DedupeMemory },
			check: func(c *Config) error { return atLeast("collect.dedupe_memory", int(c.Collect.DedupeMemory), 1<<20) },
		},
	}
}

func storeOptions() []Option {
	return []Option{
		{
			Key: "journal.maintain_every", Default: "1m",
			Doc:  "Time between two rounds of compaction, retention and sweeping.",
			bind: func(c *Config) any { return &c.Journal.MaintainEvery },
			check: func(c *Config) error {
				return atLeastDuration("journal.maintain_every", c.Journal.MaintainEvery, 10*time.Millisecond)
			},
		},
		{
			Key: "retention.default", Default: "0",
			Doc:  "How long events are kept, by event day. 0, the default, keeps them for ever. retention.tables names tables that differ.",
			bind: func(c *Config) any { return &c.Retention.Default },
			check: func(c *Config) error {
				if c.Retention.Default != 0 {
					return atLeastDuration("retention.default", c.Retention.Default, 24*time.Hour)
				}
				return nil
			},
		},
		{
			Key: "query.memory", Default: "512MiB", size: true,
			Doc:   "Memory of one query's worker process; a query that needs more is ended.",
			bind:  func(c *Config) any { return &c.Query.Memory },
			check: func(c *Config) error { return atLeast("query.memory", int(c.Query.Memory), 64<<20) },
		},
		{
			Key: "query.timeout", Default: "60s",
			Doc:   "Longest time that one query may run.",
			bind:  func(c *Config) any { return &c.Query.Timeout },
			check: func(c *Config) error { return atLeastDuration("query.timeout", c.Query.Timeout, 100*time.Millisecond) },
		},
		{
			Key: "query.rows", Default: "100000",
			Doc:   "Most rows that one query may return.",
			bind:  func(c *Config) any { return &c.Query.Rows },
			check: func(c *Config) error { return atLeast("query.rows", int(c.Query.Rows), 1) },
		},
		{
			Key: "query.bytes", Default: "256MiB", size: true,
			Doc:   "Most bytes of the answer of one query.",
			bind:  func(c *Config) any { return &c.Query.Bytes },
			check: func(c *Config) error { return atLeast("query.bytes", int(c.Query.Bytes), 1<<20) },
		},
		{
			Key: "query.threads", Default: "2",
			Doc:   "Threads of one query's worker.",
			bind:  func(c *Config) any { return &c.Query.Threads },
			check: func(c *Config) error { return atLeast("query.threads", c.Query.Threads, 1) },
		},
	}
}

func rareOptions() []Option {
	return []Option{
		{
			Key:  "webhook.url",
			Doc:  "Public https address under which Microsoft reaches this receiver, ending in /webhook. Empty, the default, uses none: a webhook only hints that it is time to list.",
			bind: func(c *Config) any { return &c.Webhook.URL },
			check: func(c *Config) error {
				if c.Webhook.URL != "" && !strings.HasPrefix(c.Webhook.URL, "https://") {
					return invalid("webhook.url does not begin with https://", "Microsoft calls https addresses only; leave it out to do without a webhook")
				}
				return nil
			},
		},
		{
			Key: "webhook.auth_id_file", Path: true,
			Doc:  "File holding the shared value that Microsoft sends back as Webhook-AuthID. Needed when webhook.url is set.",
			bind: func(c *Config) any { return &c.Webhook.AuthIDFile },
			check: func(c *Config) error {
				if c.Webhook.URL != "" && c.Webhook.AuthIDFile == "" {
					return invalid("webhook.url is set and webhook.auth_id_file is not", "write a long random value into a file of mode 0600 and name it there")
				}
				return nil
			},
		},
		{
			Key:  "rehearsal.epoch",
			Doc:  "Time that the clock shows at start, for rehearsals against a simulator. Empty uses the real clock.",
			bind: func(c *Config) any { return &c.Rehearsal.Epoch },
		},
		{
			Key:  "rehearsal.base",
			Doc:  "Wall time at which the rehearsal clock showed rehearsal.epoch, so that a restart does not set it back. Empty means the start of the process.",
			bind: func(c *Config) any { return &c.Rehearsal.Base },
		},
		{
			Key: "rehearsal.speed", Default: "1",
			Doc:  "How many times faster than the wall the rehearsal clock runs.",
			bind: func(c *Config) any { return &c.Rehearsal.Speed },
			check: func(c *Config) error {
				if c.Rehearsal.Speed <= 0 {
					return invalid("rehearsal.speed is not positive", "e.g. rehearsal.speed: 60")
				}
				return nil
			},
		},
	}
}
