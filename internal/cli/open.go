package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/health"
)

// options turns a configuration into what app needs of this process.
func options(p Process, c *config.Config) (app.Options, error) {
	o := app.DefaultOptions(c)
	o.Logger = newLogger(p, c.Log)
	version, revision := buildVersion()
	o.Build = health.Build{Version: version, Revision: revision, Go: runtime.Version()}
	o.CredentialsDir, _ = p.Env("CREDENTIALS_DIRECTORY")
	o.NotifySocket, _ = p.Env("NOTIFY_SOCKET")
	o.WatchdogUsec, _ = p.Env("WATCHDOG_USEC")
	var err error
	o.WorkerCommand, err = workerCommand()
	return o, err
}

// workerCommand starts a query worker: this binary and its hidden command.
func workerCommand() ([]string, error) {
	self, err := os.Executable()
	return []string{self, queryWorkerName}, err
}

// newLogger writes to standard error. Commands that end soon log warnings and
// worse only, unless the level was chosen: their output is the answer.
func newLogger(p Process, l config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		level = slog.LevelInfo // config has checked it already
	}
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "text" || l.Format == "auto" && p.Terminal {
		return slog.New(slog.NewTextHandler(p.Stderr, o))
	}
	return slog.New(slog.NewJSONHandler(p.Stderr, o))
}

// quiet keeps the log of a short command to warnings, unless the person asked
// for a level.
func quiet(c *config.Config) {
	if c.Origin("log.level").Kind == config.FromDefault {
		c.Log.Level = "warn"
	}
	if c.Origin("log.format").Kind == config.FromDefault {
		c.Log.Format = "text"
	}
}

// within opens the parts that access asks for, runs do, and closes them.
func within(p Process, cmd *cobra.Command, access app.Access, do func(ctx context.Context, a *app.App, c *config.Config) error) error {
	c, err := load(p, cmd)
	if err != nil {
		return err
	}
	quiet(c)
	o, err := options(p, c)
	if err != nil {
		return err
	}
	a, err := app.Open(cmd.Context(), o, access)
	if err != nil {
		return err
	}
	return errors.Join(do(cmd.Context(), a, c), a.Close())
}

// tenantsNamed returns the tenants that were asked for by name or id, also
// those that were removed and whose events are kept; all of them when none was.
func tenantsNamed(ctx context.Context, a *app.App, names []string) ([]nightjar.Tenant, error) {
	known, err := a.Known(ctx)
	if err != nil || len(names) == 0 {
		return known, err
	}
	var out []nightjar.Tenant
	for _, name := range names {
		t, err := tenantNamed(known, name)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// tenantNamed finds a tenant by its name, in any case, or its id.
func tenantNamed(known []nightjar.Tenant, name string) (nightjar.Tenant, error) {
	id, _ := nightjar.ParseTenantID(name) // a name is not an id, and that is fine
	var names []string
	for _, t := range known {
		if t.ID == id || strings.EqualFold(t.Name, name) {
			return t, nil
		}
		names = append(names, t.Name)
	}
	hint := "nightjar tenant add connects one"
	if len(names) > 0 {
		hint = "the tenants are " + strings.Join(names, ", ")
	}
	return nightjar.Tenant{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no tenant %q", name), Hint: hint}
}

// oneTenant is tenantsNamed for the commands that take exactly one. Without a
// name it is the only tenant that there is.
func oneTenant(ctx context.Context, a *app.App, name string) (nightjar.Tenant, error) {
	known, err := a.Known(ctx)
	if err != nil {
		return nightjar.Tenant{}, err
	}
	if name != "" {
		return tenantNamed(known, name)
	}
	switch len(known) {
	case 0:
		return nightjar.Tenant{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "no tenant is connected", Hint: "nightjar tenant add connects one"}
	case 1:
		return known[0], nil
	}
	names := make([]string, len(known))
	for i, t := range known {
		names[i] = t.Name
	}
	return nightjar.Tenant{}, usageError("e.g. --tenant "+names[0], "there are several tenants, choose one with --tenant: %s", strings.Join(names, ", "))
}
