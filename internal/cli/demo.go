package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// The demo's tenant: small enough to be caught up within seconds, large enough
// to have something to find. Its time runs faster than the wall, so that the
// stream is worth watching.
const (
	demoPeople       = 150
	demoEventsPerDay = 15_000
	demoBacklog      = 3 * 24 * time.Hour
	demoPerBlob      = 100
	demoSpeed        = 20
	demoPoll         = "20s" // of the demo's time: one second of the wall
	// demoCatchUp is where waiting for the backlog counts as a failure.
	demoCatchUp = 2 * time.Minute
)

type demo struct {
	p       Process
	dir     string
	keep    bool // dir was given: it stays
	check   bool
	forTime time.Duration
	listen  string
	seed    uint64
}

func newDemo(p Process) *cobra.Command {
	d := demo{p: p}
	var forText string
	cmd := &cobra.Command{
		Use: "demo", Short: "Watch a simulated tenant, without one of your own", Args: noArguments,
		Long: `Runs a simulated Microsoft 365 and Nightjar collecting from it, in one process: three days of
a company's audit log arrive within seconds, and then the company goes on living, faster than
the wall clock. It prints where everything is and what to ask, and streams until ctrl-C.
Nothing leaves this machine, and the folder goes away at the end unless --data-dir names it.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if forText != "" {
				var err error
				if d.forTime, err = config.ParseDuration(forText); err != nil || d.forTime <= 0 {
					return usageError("e.g. --for 30s", "--for %s is not a duration", forText)
				}
			}
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&d.dir, "data-dir", "", "keep everything in this `folder`; left out, one that goes away at the end")
	cmd.Flags().StringVar(&forText, "for", "", "end after this `time`")
	cmd.Flags().BoolVar(&d.check, "check", false, "run the example queries, print their answers and end; fail when one is empty")
	cmd.Flags().StringVar(&d.listen, "listen", "127.0.0.1:0", "`address` of the console, health and metrics")
	cmd.Flags().Uint64Var(&d.seed, "seed", 7, "`number` that decides everything made up")
	return cmd
}

func (d *demo) run(ctx context.Context) (err error) {
	if err := d.folder(); err != nil {
		return err
	}
	if !d.keep {
		defer func() { err = errors.Join(err, os.RemoveAll(d.dir)) }()
	}
	server, err := d.simulator()
	if err != nil {
		return err
	}
	file := filepath.Join(d.dir, "nightjar.yaml")
	if err := writeLab(file, "", server); err != nil {
		server.Close()
		return err
	}
	c, err := config.Load(config.Sources{File: file, Env: d.p.Env, Names: d.p.Names, Flags: map[string]string{
		"listen": d.listen, "collect.poll_interval": demoPoll, "log.level": "error", "log.format": "text",
	}})
	if err != nil {
		server.Close()
		return err
	}
	o, err := options(d.p, c)
	if err != nil {
		server.Close()
		return err
	}
	ready := make(chan string, 1)
	o.Ready = func(address string) { ready <- address }
	o.Demo = true
	a, err := app.Open(ctx, o, app.AccessCollect)
	if err != nil {
		server.Close()
		return err
	}
	return errors.Join(d.together(ctx, server, a, ready), a.Close())
}

// folder makes the demo's folder.
func (d *demo) folder() (err error) {
	if d.keep = d.dir != ""; d.keep {
		// The configuration and the instructions hold its path: it must hold elsewhere too.
		if d.dir, err = filepath.Abs(d.dir); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(d.dir, "nightjar.yaml")); err == nil {
			return &nightjar.Error{
				Code: nightjar.CodeConflict, Message: "there is a configuration in " + d.dir + " already",
				Hint: "name an empty folder: each demo makes a tenant of its own",
			}
		}
		return os.MkdirAll(d.dir, 0o700)
	}
	d.dir, err = os.MkdirTemp("", "nightjar-demo-")
	return err
}

// simulator makes a tenant that begins its working day now, and a service
// that stumbles a little, as the real one does.
func (d *demo) simulator() (*sim.Server, error) {
	return sim.New(sim.Config{
		Listen: "127.0.0.1:0", Seed: d.seed, CAFile: filepath.Join(d.dir, "sim-ca.pem"), GeoFile: filepath.Join(d.dir, "sim-geo.mmdb"),
		Clock:    sim.AcceleratedClock(workingMorning(clock.Real().Now()), demoSpeed),
		Scenario: sim.Scenario{Name: "demo", ServerError: 0.03, Reset: 0.02, Truncate: 0.02},
		Tenants: []sim.TenantConfig{{
			People: demoPeople, EventsPerDay: demoEventsPerDay, Backlog: demoBacklog, EventsPerBlob: demoPerBlob, Live: true,
		}, {
			// A second company, to be connected in the browser.
			Name: "fabrikam", People: demoPeople / 5, EventsPerDay: demoEventsPerDay / 5, Backlog: demoBacklog, EventsPerBlob: demoPerBlob, Live: true, Unconnected: true,
		}},
	})
}

// workingMorning is the last 9 o'clock UTC of a weekday before now.
func workingMorning(now time.Time) time.Time {
	t := time.Date(now.Year(), now.Month(), now.Day(), 9, 0, 0, 0, time.UTC)
	for t.After(now) || t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, -1)
	}
	return t
}

// together runs the simulator, the daemon and the tour until the tour ends,
// something fails, or ctx does.
func (d *demo) together(ctx context.Context, server *sim.Server, a *app.App, ready <-chan string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	simCtx, stopSim := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSim()
	simEnded := make(chan error, 1)
	served := make(chan error, 1)
	toured := make(chan error, 1)
	go func() { simEnded <- server.Run(simCtx) }()
	go func() { served <- a.Serve(ctx) }()
	go func() { toured <- d.tour(ctx, a, ready) }()

	var err error
	tourOver := false
	select {
	case err = <-simEnded:
		simEnded <- nil
	case err = <-served:
		served <- nil
	case err = <-toured:
		tourOver = true
	}
	// The daemon stops before the service that it collects from, as in life.
	stop()
	if !tourOver {
		err = errors.Join(err, <-toured)
	}
	err = errors.Join(err, <-served)
	stopSim()
	return errors.Join(err, <-simEnded)
}
