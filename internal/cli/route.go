package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newRoute(p Process) *cobra.Command {
	return noun("route", "Say which alerts go to which channels", newRouteList(p), newRouteSet(p), newRouteTest(p))
}

// named replaces the ids of channels by their names, for people and files.
func named(routes []notify.Route, list []notify.Channel) []notify.Route {
	out := []notify.Route{}
	for _, r := range routes {
		channels := make([]string, len(r.Channels))
		for i, id := range r.Channels {
			channels[i] = id
			for _, c := range list {
				if c.ID == id {
					channels[i] = c.Name
				}
			}
		}
		r.Channels = channels
		out = append(out, r)
	}
	return out
}

func newRouteList(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the routes in their order", Args: noArguments,
		Long: `Lists the routes. The first that takes an alert ends the search unless it says "continue".
With --json the output is what "nightjar route set" reads.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				r, err := a.Notifier().Routes(ctx)
				if err != nil {
					return err
				}
				list, err := a.Notifier().List(ctx)
				if err != nil {
					return err
				}
				routes := named(r.Routes, list)
				if asJSON {
					return writeJSON(p, map[string]any{"version": r.Version, "routes": routes})
				}
				t := newColumns(p.Stdout, "NAME", "TAKES", "CHANNELS", "GOES ON")
				for _, one := range routes {
					on := "no"
					if one.Continue {
						on = "yes"
					}
					t.row(safe(one.Name), safe(takes(one)), safe(strings.Join(one.Channels, ", ")), on)
				}
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// takes says in a line what a route takes.
func takes(r notify.Route) string {
	var parts []string
	add := func(name string, list []string) {
		if len(list) > 0 {
			parts = append(parts, name+" "+strings.Join(list, "|"))
		}
	}
	add("severity", texts(r.Severities))
	add("tenant", texts(r.Tenants))
	add("tag", r.Tags)
	add("pack", r.Packs)
	add("rule", r.Rules)
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func newRouteSet(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "set FILE", Short: "Replace all routes by those of a file", Args: exactArguments(1, "one file, or - for standard input"),
		Long: `Reads routes from a file of YAML or JSON, as "nightjar route list --json" prints them, with
channels by name or id. With the version in it, nothing is replaced that somebody saved meanwhile.`,
		Example: `    nightjar route list --json > routes.json
    nightjar route set routes.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := readRoutes(p, args[0])
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				list, err := a.Notifier().List(ctx)
				if err != nil {
					return err
				}
				if file.Version == nil {
					now, err := a.Notifier().Routes(ctx)
					if err != nil {
						return err
					}
					file.Version = &now.Version
				}
				if err := withIDs(file.Routes, list); err != nil {
					return err
				}
				err = channelAudited(ctx, p, a, nightjar.ActionRouteSave, "routes", map[string]string{"routes": strconv.Itoa(len(file.Routes))}, func(ctx context.Context) error {
					_, err := a.Notifier().SaveRoutes(ctx, notify.Routes{Version: *file.Version, Routes: file.Routes})
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "saved %d routes\n", len(file.Routes))
				return err
			})
		},
	}
	return withConfig(cmd, false)
}

// withIDs puts the ids of channels in the place of their names.
func withIDs(routes []notify.Route, list []notify.Channel) error {
	for i := range routes {
		for j, name := range routes[i].Channels {
			c, err := channelNamed(list, name)
			if err != nil {
				return err
			}
			routes[i].Channels[j] = c.ID
		}
	}
	return nil
}

// routesFile is what route set reads.
type routesFile struct {
	Version *int64         `json:"version"`
	Routes  []notify.Route `json:"routes"`
}

const maxRoutesFile = 1 << 20

func readRoutes(p Process, name string) (routesFile, error) {
	var out routesFile
	in := p.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return out, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("%s cannot be read", name), Hint: "name a file, or - for standard input", Err: err}
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxRoutesFile))
	if err != nil {
		return out, fmt.Errorf("read the routes: %w", err)
	}
	// JSON is YAML too; through it, the fields have one spelling.
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return out, usageError("nightjar route list --json prints the form", "%s is no YAML: %v", name, err)
	}
	if list, ok := tree.([]any); ok {
		tree = map[string]any{"routes": list}
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return out, usageError("nightjar route list --json prints the form", "%s does not hold routes", name)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil || out.Routes == nil {
		return out, usageError("nightjar route list --json prints the form", "%s does not hold routes: %v", name, err)
	}
	return out, nil
}

// hitLine is a route that takes an alert, as route test --json prints it.
type hitLine struct {
	Route    string   `json:"route"`
	Channels []string `json:"channels"` // names
	Notified bool     `json:"notified"`
	Due      string   `json:"due,omitempty"` // after quiet hours
}

func newRouteTest(p Process) *cobra.Command {
	var (
		severity, tenant, rule, pack, state, at, file string
		tags                                          []string
		asJSON                                        bool
	)
	cmd := &cobra.Command{
		Use: "test", Short: "Say which channels would get an alert", Args: noArguments,
		Long: `Says which routes would take an alert of these properties, and which channels would get it;
nothing is sent. With --file the routes of a file are asked in place of the saved ones.`,
		Example: `    nightjar route test --severity high --tenant contoso --tag attack.t1114.003
    nightjar route test --severity low --time 2026-11-23T03:00:00Z --file routes.json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n := notify.Notice{Severity: nightjar.Severity(severity), Rule: rule, Pack: pack, State: notify.State(state), Tags: tags}
			if n.Severity.Rank() < 0 {
				return usageError("low, medium, high or critical", "--severity %q is no severity", severity)
			}
			var err error
			if at != "" {
				if n.Time, err = config.ParseTime(at); err != nil {
					return usageError("e.g. --time 2026-11-23T03:00:00Z", "--time: %v", err)
				}
			}
			var other routesFile
			if file != "" {
				if other, err = readRoutes(p, file); err != nil {
					return err
				}
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if tenant != "" {
					t, err := oneTenant(ctx, a, tenant)
					if err != nil {
						return err
					}
					n.Tenant = t.ID
				}
				list, err := a.Notifier().List(ctx)
				if err != nil {
					return err
				}
				if err := withIDs(other.Routes, list); err != nil {
					return err
				}
				hits, err := a.Notifier().Try(ctx, n, other.Routes)
				if err != nil {
					return err
				}
				return printHits(p, hits, list, asJSON)
			})
		},
	}
	cmd.Flags().StringVar(&severity, "severity", "high", "of the alert")
	cmd.Flags().StringVar(&tenant, "tenant", "", "name or id of its tenant")
	cmd.Flags().StringVar(&rule, "rule", "", "id of its rule")
	cmd.Flags().StringVar(&pack, "pack", "", "pack of its rule")
	cmd.Flags().StringSliceVar(&tags, "tag", nil, "a tag that it has; may be given more than once")
	cmd.Flags().StringVar(&at, "time", "", "when, a `time`, for quiet hours; left out, now")
	cmd.Flags().StringVar(&file, "file", "", "ask the routes of this `file`, as route set reads it, in place of the saved ones")
	jsonFlag(cmd, &asJSON)
	cmd.Flags().StringVar(&state, "state", "opened", "opened, raised, acknowledged, reopened, closed or reminder")
	return withConfig(cmd, false)
}

func printHits(p Process, hits []notify.Hit, list []notify.Channel, asJSON bool) error {
	lines := []hitLine{}
	for _, h := range hits {
		l := hitLine{Route: h.Route, Channels: append([]string{}, named([]notify.Route{{Channels: h.Channels}}, list)[0].Channels...), Notified: h.Notified}
		if !h.Due.IsZero() {
			l.Due = formatTime(h.Due)
		}
		lines = append(lines, l)
	}
	if asJSON {
		return writeJSON(p, map[string]any{"routes": lines})
	}
	t := newColumns(p.Stdout, "ROUTE", "CHANNELS", "NOTIFIED")
	for _, l := range lines {
		told := "no: not in this state"
		switch {
		case len(l.Channels) == 0:
			told = "no: it has no channels"
		case l.Notified && l.Due != "":
			told = "at " + l.Due + ", after quiet hours"
		case l.Notified:
			told = "at once"
		}
		t.row(safe(l.Route), safe(strings.Join(l.Channels, ", ")), told)
	}
	return t.flush()
}
