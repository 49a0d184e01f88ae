package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

// hitLine is a route that takes an alert, as route test --json prints it.
type hitLine struct {
	Route    string   `json:"route"`
	Channels []string `json:"channels"` // names
	Notified bool     `json:"notified"`
	Due      string   `json:"due,omitempty"` // after quiet hours
	Instead  bool     `json:"instead,omitempty"`
}

func newRouteTest(p Process) *cobra.Command {
	var (
		severity, tenant, rule, pack, state, at, file, about string
		tags                                                 []string
		asJSON                                               bool
	)
	cmd := &cobra.Command{
		Use: "test", Short: "Say which channels would get an alert", Args: noArguments,
		Long: `Says which routes would take an alert of these properties, and which channels would get it;
nothing is sent. What is not said of it is of the alert that --alert names, or of the rule: its
pack, tags and severity. With --file the routes of a file are asked in place of the saved ones.`,
		Example: `    nightjar route test --alert A-3f9a61c20b7d
    nightjar route test --severity high --tenant contoso --tag attack.t1114.003
    nightjar route test --severity low --time 2026-11-23T03:00:00Z --file routes.json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n := notify.Notice{Severity: nightjar.Severity(severity), Rule: rule, Pack: pack, State: notify.State(state), Tags: tags}
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
				if err := completeNotice(ctx, a, &n, about, tenant); err != nil {
					return err
				}
				list, err := a.Notifier().List(ctx)
				if err != nil {
					return err
				}
				if err := settleRoutes(ctx, a, other.Routes, list); err != nil {
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
	cmd.Flags().StringVar(&severity, "severity", "", "low, medium, `high` or critical; left out, that of the alert or rule, else high")
	cmd.Flags().StringVar(&about, "alert", "", "ask about the alert with this `id`")
	cmd.Flags().StringVar(&tenant, "tenant", "", "name or id of its tenant")
	cmd.Flags().StringVar(&rule, "rule", "", "its rule, by `id` or title")
	cmd.Flags().StringVar(&pack, "pack", "", "pack of its rule")
	cmd.Flags().StringSliceVar(&tags, "tag", nil, "a tag that it has; may be given more than once")
	cmd.Flags().StringVar(&at, "time", "", "when, a `time`, for quiet hours; left out, now")
	cmd.Flags().StringVar(&file, "file", "", "ask the routes of this `file`, as route set reads it, in place of the saved ones")
	jsonFlag(cmd, &asJSON)
	cmd.Flags().StringVar(&state, "state", "opened", "opened, raised, acknowledged, reopened, closed or reminder")
	return withConfig(cmd, false)
}

// completeNotice fills in what is not said of a notice.
func completeNotice(ctx context.Context, a *app.App, n *notify.Notice, about, tenant string) error {
	if tenant != "" {
		ids, err := idsOf(ctx, a, []string{tenant})
		if err != nil {
			return err
		}
		n.Tenant = ids[0]
	}
	names, err := rulesNamed(ctx, a)
	if err != nil {
		return err
	}
	var one *alert.Alert
	if about != "" {
		found, err := a.Alerts().Get(ctx, nil, about)
		if err != nil {
			return err
		}
		one = &found
	}
	*n, err = n.Complete(one, names)
	return err
}

func printHits(p Process, hits []notify.Hit, list []notify.Channel, asJSON bool) error {
	lines := []hitLine{}
	for _, h := range hits {
		l := hitLine{Route: h.Route, Channels: append([]string{}, named([]notify.Route{{Channels: h.Channels}}, list)[0].Channels...), Notified: h.Notified, Instead: h.Instead}
		if !h.Due.IsZero() {
			l.Due = formatTime(h.Due)
		}
		lines = append(lines, l)
	}
	if asJSON {
		return writeJSON(p, map[string]any{"routes": lines})
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "no route takes it: nobody would be told")
		return err
	}
	t := newColumns(p.Stdout, "ROUTE", "CHANNELS", "NOTIFIED")
	nobody := true
	for _, l := range lines {
		on := len(l.Channels)
		for i, name := range l.Channels {
			if slices.ContainsFunc(list, func(c notify.Channel) bool { return c.Name == name && !c.Enabled }) {
				l.Channels[i], on = name+" (off)", on-1
			}
		}
		told := "no: not in this state"
		switch {
		case len(l.Channels) == 0:
			told = "no: it has no channels"
		case l.Notified && on == 0:
			told = "when it is on again"
		case l.Notified && l.Due != "":
			told = "at " + l.Due + ", after quiet hours"
		case l.Notified:
			told = "at once"
		}
		nobody = nobody && (!l.Notified || len(l.Channels) == 0)
		if l.Instead {
			told += ", since the others fail"
		}
		t.row(safe(l.Route), safe(strings.Join(l.Channels, ", ")), told)
	}
	if err := t.flush(); err != nil || !nobody {
		return err
	}
	_, err := fmt.Fprintln(p.Stderr, "nobody would be told")
	return err
}
