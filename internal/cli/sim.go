package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// simFlags are the flags of nightjar sim.
type simFlags struct {
	listen, tenantID, clientID, secret, backlog, ahead, scenario, origin string
	caOut, geoOut, configOut, report, dataDir                            string
	events, certificates                                                 []string
	seed                                                                 uint64
	people, eventsPerDay                                                 int
	speed                                                                float64
	live, subscribed, verbose, unconnected                               bool
}

func (f *simFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.listen, "listen", "127.0.0.1:8443", "`address` of the management root; sign-in and Graph take the next two ports; port 0 takes free ones")
	fs.Uint64Var(&f.seed, "seed", 0, "`number` that decides everything made up; 0 means the scenario's, or 1")
	fs.StringVar(&f.tenantID, "tenant-id", "", "`GUID` of the tenant; left out, that of the events, or one made of the seed")
	fs.StringVar(&f.clientID, "client-id", "", "`GUID` of the application; left out, one made of the seed")
	fs.StringVar(&f.secret, "secret", "", "client secret; left out, one made of the seed")
	fs.StringSliceVar(&f.certificates, "certificate", nil, "register the certificates of these PEM `files` on the application, beside the secret")
	fs.StringSliceVar(&f.events, "events", nil, "serve the records of these NDJSON `files` (.gz too) instead of a generated tenant")
	fs.IntVar(&f.people, "people", 0, "`number` of people in the generated tenant; 0 means 250")
	fs.IntVar(&f.eventsPerDay, "events-per-day", 0, "`number` of events a working day; 0 means 60 for each person")
	fs.StringVar(&f.backlog, "backlog", "", "how far back content reaches at the start, e.g. 7d; left out, 156h")
	fs.StringVar(&f.ahead, "ahead", "", "spread the content of --events so far into the future too")
	fs.BoolVar(&f.live, "live", false, "let the generated tenant go on living")
	fs.BoolVar(&f.subscribed, "subscribed", false, "begin with all feeds subscribed")
	fs.BoolVar(&f.unconnected, "unconnected", false, "leave the tenant out of that configuration: it is there to be connected in the browser")
	fs.StringVar(&f.scenario, "scenario", "", "what goes wrong: a `name` that --list-scenarios prints, or a file")
	fs.Float64Var(&f.speed, "speed", 1, "how many `times` as fast as the wall time passes")
	fs.StringVar(&f.origin, "origin", "", "`time` at the start; left out, now")
	fs.StringVar(&f.caOut, "ca-out", "", "`file` to write the certificate authority to")
	fs.StringVar(&f.geoOut, "geo-out", "", "`file` to write address data to (.mmdb) that place the people of a generated tenant")
	fs.StringVar(&f.configOut, "config-out", "", "`file` to write a configuration to with which nightjar collects from here")
	fs.StringVar(&f.dataDir, "data-dir", "", "data_dir of that configuration; left out, \"data\" beside it")
	fs.StringVar(&f.report, "report", "", "`file` to write the closing report to as JSON")
	fs.BoolVar(&f.verbose, "verbose", false, "log each request")
}

func newSim(p Process) *cobra.Command {
	var f simFlags
	var list bool
	cmd := &cobra.Command{
		Use: "sim", Short: "Run a fake Microsoft 365 to collect from", Args: noArguments,
		Long: `Serves a fake Microsoft 365 over TLS: sign-in, subscriptions, listings, paging, blobs,
quotas and, on demand, everything that goes wrong with them. It serves a generated tenant or
the records of files, keeps the truth, and says at the end what was served never, once or more often.`,
		Example: `    nightjar sim --config-out lab/nightjar.yaml &
    nightjar collect --config lab/nightjar.yaml --once`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return listScenarios(p)
			}
			return f.run(cmd.Context(), p)
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().BoolVar(&list, "list-scenarios", false, "print the scenarios and what they do")
	return cmd
}

func listScenarios(p Process) error {
	t := newColumns(p.Stdout, "SCENARIO", "WHAT IT DOES")
	for _, name := range sim.Scenarios() {
		s, err := sim.LoadScenario(name)
		if err != nil {
			return err
		}
		t.row(name, s.About)
	}
	return t.flush()
}

// config turns the flags into what the simulator needs.
func (f *simFlags) config(p Process) (c sim.Config, err error) {
	command := sim.Command{
		Listen: f.listen, Seed: f.seed, TenantID: f.tenantID, ClientID: f.clientID, Secret: f.secret, CertificateFiles: f.certificates, EventFiles: f.events,
		People: f.people, EventsPerDay: f.eventsPerDay, Live: f.live, Scenario: f.scenario, Speed: f.speed,
	}
	if f.speed <= 0 {
		return c, usageError("e.g. --speed 60", "--speed must be positive")
	}
	if f.origin != "" {
		if command.Origin, err = config.ParseTime(f.origin); err != nil {
			return c, usageError("e.g. --origin 2026-11-16T08:00:00Z", "--origin: %v", err)
		}
	}
	for _, d := range []struct {
		flag, text string
		into       *time.Duration
	}{{"--backlog", f.backlog, &command.Backlog}, {"--ahead", f.ahead, &command.Ahead}} {
		if d.text == "" {
			continue
		}
		if *d.into, err = config.ParseDuration(d.text); err != nil {
			return c, usageError("e.g. "+d.flag+" 7d", "%s: %v", d.flag, err)
		}
	}
	if f.caOut != "" {
		// The path goes into a configuration file elsewhere: it must hold there too.
		if command.CAFile, err = filepath.Abs(f.caOut); err != nil {
			return c, err
		}
	}
	if f.geoOut != "" {
		if command.GeoFile, err = filepath.Abs(f.geoOut); err != nil {
			return c, err
		}
	}
	if c, err = command.Config(); err != nil {
		return c, usageError("nightjar sim --list-scenarios names the scenarios", "%v", err)
	}
	for i := range c.Tenants {
		c.Tenants[i].Subscribed, c.Tenants[i].Unconnected = f.subscribed, f.unconnected
	}
	if f.verbose {
		c.Logger = slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return c, nil
}

func (f *simFlags) run(ctx context.Context, p Process) error {
	if f.configOut != "" && f.caOut == "" {
		f.caOut = filepath.Join(filepath.Dir(f.configOut), "sim-ca.pem")
	}
	if f.configOut != "" && f.geoOut == "" {
		f.geoOut = filepath.Join(filepath.Dir(f.configOut), "sim-geo.mmdb")
	}
	if f.configOut != "" {
		if err := os.MkdirAll(filepath.Dir(f.configOut), 0o700); err != nil {
			return err
		}
	}
	c, err := f.config(p)
	if err != nil {
		return err
	}
	server, err := sim.New(c)
	if opening, ok := errors.AsType[*net.OpError](err); ok && opening.Op == "listen" {
		return &nightjar.Error{
			Code: nightjar.CodeConflict, Message: err.Error(),
			Hint: "--listen 127.0.0.1:0 takes free ports, or name another: three in a row are needed",
		}
	}
	if err != nil {
		return err
	}
	if f.configOut != "" {
		if err := writeLab(f.configOut, f.dataDir, server); err != nil {
			server.Close()
			return err
		}
	}
	f.printRoots(p, server)
	err = server.Run(ctx)
	report := server.Report()
	return errors.Join(err, report.WriteText(p.Stderr), f.writeReport(report))
}

func (f *simFlags) printRoots(p Process, server *sim.Server) {
	roots := server.URLs()
	fmt.Fprintf(p.Stdout, "login       %s\nmanagement  %s\ngraph       %s\n", roots.Login, roots.Management, roots.Graph)
	for _, t := range server.Tenants() {
		fmt.Fprintf(p.Stdout, "tenant      %s, client %s\n", t.ID, t.ClientID)
	}
	if server.CAFile() != "" {
		fmt.Fprintf(p.Stdout, "authority   %s\n", server.CAFile())
	}
	switch {
	case f.configOut == "":
	case f.unconnected:
		fmt.Fprintf(p.Stdout, "collect it: nightjar serve --config %s, and in the console Connections, Connect a tenant\n", f.configOut)
	default:
		fmt.Fprintf(p.Stdout, "collect it: nightjar collect --once --config %s\n", f.configOut)
	}
}

func (f *simFlags) writeReport(r sim.Report) error {
	if f.report == "" {
		return nil
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	return writeWhole(f.report, func(w io.Writer) error {
		_, err := w.Write(append(data, '\n'))
		return err
	})
}
