package app

import (
	"cmp"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/health"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Options are what an App is made of. DefaultOptions fills what a
// configuration does not say.
type Options struct {
	Config *config.Config
	Logger *slog.Logger // nil discards
	// Clock is the time of everything but shutdown, probes and log lines.
	Clock clock.Clock
	Build health.Build
	// WorkerCommand starts a query worker: this binary and its hidden command.
	WorkerCommand []string
	// CredentialsDir is $CREDENTIALS_DIRECTORY, where systemd puts keys.
	CredentialsDir string
	// NotifySocket and WatchdogUsec are systemd's variables of these names.
	NotifySocket string
	WatchdogUsec string
	// ShutdownBound is how long stopping may take; then what still runs is left behind.
	ShutdownBound time.Duration
	// Ready is called with the address that is listened on, once all parts
	// run; nil calls nobody. "" means that nothing listens.
	Ready func(address string)
	// Console is called after Ready when the console is served, with its
	// address; nil calls nobody. setup makes the token that sets up the first
	// administrator, in place of any made before; nil once there is one.
	Console func(address string, setup func() (secret.Value, error))
	// Demo lets people sign in to the console by a link; never with real data.
	Demo bool
}

// DefaultOptions returns the options that cfg leads to.
func DefaultOptions(cfg *config.Config) Options {
	o := Options{
		Config:        cfg,
		Logger:        slog.New(slog.DiscardHandler),
		Clock:         clock.Real(),
		ShutdownBound: 30 * time.Second,
	}
	if cfg != nil && !cfg.Rehearsal.Epoch.IsZero() {
		o.Clock = rehearsalClock(cfg.Rehearsal)
	}
	return o
}

// rehearsalClock goes on from where an earlier process of the same rehearsal
// left it: a clock that jumps back would make the collector ask for the past.
func rehearsalClock(r config.Rehearsal) clock.Clock {
	origin := r.Epoch
	if !r.Base.IsZero() {
		passed := clock.Real().Now().Sub(r.Base)
		origin = origin.Add(time.Duration(float64(passed) * r.Speed))
	}
	return clock.Scaled(origin, r.Speed)
}

func (o Options) validate() error {
	internal := func(message string) error {
		return &nightjar.Error{Code: nightjar.CodeInternal, Message: "app options: " + message}
	}
	switch {
	case o.Config == nil:
		return internal("no configuration")
	case o.Logger == nil:
		return internal("no logger")
	case o.ShutdownBound <= 0:
		// Without a bound a hanging disk would keep the old process, and with
		// it the lock on data_dir, for ever.
		return internal("no bound on the shutdown")
	}
	return nil
}

// The layout of data_dir.
func (o Options) catalogPath() string { return filepath.Join(o.Config.DataDir, catalog.FileName) }
func (o Options) journalDir() string  { return filepath.Join(o.Config.DataDir, journal.FolderName) }
func (o Options) keyFile() string {
	return cmp.Or(o.Config.KeyFile, filepath.Join(o.Config.DataDir, "nightjar.key"))
}
