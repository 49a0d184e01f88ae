package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
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
channels and tenants by name or id. With the version in it, nothing is replaced that somebody
saved meanwhile.`,
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
				if err := settleRoutes(ctx, a, file.Routes, list); err != nil {
					return err
				}
				err = channelAudited(ctx, p, a, nightjar.ActionRouteSave, "routes", map[string]string{"routes": strconv.Itoa(len(file.Routes))}, func(ctx context.Context) error {
					_, err := a.Notifier().SaveRoutes(ctx, notify.Routes{Version: *file.Version, Routes: file.Routes})
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "saved %s\n", counted(int64(len(file.Routes)), "route"))
				return err
			})
		},
	}
	return withConfig(cmd, false)
}

// settleRoutes puts ids in the place of names, and refuses what does not exist
// and did not stand in the routes before: such a route would tell nobody.
func settleRoutes(ctx context.Context, a *app.App, routes []notify.Route, list []notify.Channel) error {
	saved, err := a.Notifier().Routes(ctx)
	if err != nil {
		return err
	}
	names, err := rulesNamed(ctx, a)
	if err != nil {
		return err
	}
	names = names.With(saved.Names)
	for i := range routes {
		for j, name := range routes[i].Channels {
			c, err := channelNamed(list, name)
			if err != nil {
				return err
			}
			routes[i].Channels[j] = c.ID
		}
		for j, t := range routes[i].Tenants {
			if slices.Contains(saved.Tenants(), t) {
				continue
			}
			ids, err := idsOf(ctx, a, []string{string(t)})
			if err != nil {
				return err
			}
			routes[i].Tenants[j] = ids[0]
		}
		if err := names.Settle(routes[i].Rules, routes[i].Packs); err != nil {
			return err
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
	if name == "-" {
		name = standardInput
	}
	data, err := readWhole(in, name, maxRoutesFile, "let one route name several channels, tenants or rules in place of many alike")
	if err != nil {
		return out, err
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
