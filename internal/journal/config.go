package journal

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Config says where the journal lives and how it keeps things.
type Config struct {
	// Dir holds the segment files. It is created when absent.
	Dir string
	// Catalog holds the segment rows.
	Catalog *catalog.DB
	// Clock is the time of segments, retention and grace; the zero value is real time.
	Clock clock.Clock
	// Logger receives what Run does; nil discards it.
	Logger *slog.Logger
	// Registerer receives the metrics; nil keeps them unregistered.
	Registerer prometheus.Registerer

	// RowGroupRows is the rows of a Parquet row group, which is also the unit
	// of a token filter; 0 means 10,000.
	RowGroupRows int
	// DedupeBytes bounds the memory of all dedupe filters together; 0 means 64 MiB.
	// A smaller bound costs time, never exactness.
	DedupeBytes int
	// Retention says how long events are kept; the zero value keeps all for ever.
	Retention Retention
	// Grace is how long a replaced or dropped file stays on disk for the queries
	// that began before; 0 means 15 minutes.
	Grace time.Duration
	// MaintainEvery is the pause between two rounds of Run; 0 means one minute.
	MaintainEvery time.Duration
	// Beside are folders next to Dir whose files a backup takes along: the
	// quarantine, which the catalog names, and people's dashboards. Their files
	// are placed whole; those named tmp-* are not placed yet. A backup that
	// meets one while it is replaced fails, and can be made again.
	Beside []string
	// Damaged is told when Run cannot read a tenant's stored files back as they
	// were written, and with nil once it can again; nil tells nobody.
	Damaged func(tenant nightjar.TenantID, err error)
	// Faults makes the disk fail in tests; nil never does.
	Faults *Faults
}

// Retention is how long events are kept, by event day in UTC.
type Retention struct {
	// Default holds for tables that Tables does not name; 0 means for ever.
	Default time.Duration
	// Tables overrides the default; 0 means for ever.
	Tables map[nightjar.Table]time.Duration
}

// of returns how long a table's events are kept; 0 means for ever.
func (r Retention) of(t nightjar.Table) time.Duration {
	if d, ok := r.Tables[t]; ok {
		return d
	}
	return r.Default
}

// Faults are the ways in which a test's disk fails. Each function gets the file's
// path and its error is returned in place of the operation's; nil never fails.
type Faults struct {
	Write func(path string) error
	Sync  func(path string) error
}

func (f *Faults) write(path string) error {
	if f == nil || f.Write == nil {
		return nil
	}
	return f.Write(path)
}

func (f *Faults) sync(path string) error {
	if f == nil || f.Sync == nil {
		return nil
	}
	return f.Sync(path)
}

const (
	defaultRowGroupRows  = 10_000
	defaultDedupeBytes   = 64 << 20
	defaultGrace         = 15 * time.Minute
	defaultMaintainEvery = time.Minute
)

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the journal has no directory", Hint: "set data_dir"}
	}
	if c.Catalog == nil {
		return c, &nightjar.Error{Code: nightjar.CodeInternal, Message: "the journal has no catalog"}
	}
	if c.RowGroupRows < 0 || c.DedupeBytes < 0 || c.Grace < 0 || c.Retention.Default < 0 {
		return c, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "a limit of the journal is negative", Hint: "use 0 for the default"}
	}
	if c.RowGroupRows == 0 {
		c.RowGroupRows = defaultRowGroupRows
	}
	if c.DedupeBytes == 0 {
		c.DedupeBytes = defaultDedupeBytes
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	if c.MaintainEvery == 0 {
		c.MaintainEvery = defaultMaintainEvery
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
