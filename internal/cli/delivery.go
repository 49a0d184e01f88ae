package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newDelivery(p Process) *cobra.Command {
	return noun("delivery", "See what was sent, and send again what was given up", newDeliveryList(p), newDeliveryRetry(p))
}

// deliveryLine is a delivery as --json prints it (docs/cli-json.md).
type deliveryLine struct {
	ID       string   `json:"id"`
	Key      string   `json:"key"`
	Channel  string   `json:"channel"`
	Status   string   `json:"status"`
	Alerts   []string `json:"alerts"`
	More     int      `json:"more"`
	Attempts int      `json:"attempts"`
	Repeated bool     `json:"repeated"`
	Problem  string   `json:"problem"`
	Said     string   `json:"said"`
	Created  string   `json:"created"`
	Next     string   `json:"next,omitempty"`
	Sent     string   `json:"sent,omitempty"`
}

func deliveryLineOf(d notify.Delivery, names map[string]string) deliveryLine {
	l := deliveryLine{
		ID: d.ID, Key: d.Key, Channel: names[d.Channel], Status: string(d.Status), Alerts: []string{}, More: d.More, Attempts: d.Attempts, Repeated: d.Repeated,
		Problem: d.Problem, Said: d.Said, Created: formatTime(d.Created),
	}
	if !d.Next.IsZero() {
		l.Next = formatTime(d.Next)
	}
	if !d.Sent.IsZero() {
		l.Sent = formatTime(d.Sent)
	}
	for _, n := range d.Notices {
		l.Alerts = append(l.Alerts, n.Alert)
	}
	return l
}

func newDeliveryList(p Process) *cobra.Command {
	var (
		status, channel, alertID string
		limit                    int
		before                   int64
		asJSON                   bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List messages and what became of them, the newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if status != "" && !slices.Contains(notify.Statuses(), notify.Status(status)) {
				return usageError("queued, sending, sent, doubtful or dead", "--status %q is no status", status)
			}
			if limit < 1 || limit > 1000 || before < 0 {
				return usageError("e.g. --limit 200", "--limit is 1 to 1000, and --cursor the number that the page before gave")
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				channels, err := a.Notifier().List(ctx)
				if err != nil {
					return err
				}
				f := notify.DeliveryFilter{Status: notify.Status(status), Alert: alertID, Before: before, Limit: limit}
				names := map[string]string{}
				for _, c := range channels {
					names[c.ID] = c.Name
				}
				if channel != "" {
					c, err := channelNamed(channels, channel)
					if err != nil {
						return err
					}
					f.Channel = c.ID
				}
				list, err := a.Notifier().Deliveries(ctx, f)
				if err != nil {
					return err
				}
				next := ""
				if len(list) == limit {
					next = list[limit-1].ID
				}
				return printDeliveries(p, list, names, next, asJSON)
			})
		},
	}
	cmd.Flags().StringVar(&status, "status", "", "only these: queued, sending, sent, doubtful or dead")
	cmd.Flags().StringVar(&channel, "channel", "", "only of this channel, by `name` or id")
	cmd.Flags().StringVar(&alertID, "alert", "", "only about this alert, by `id`")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most so many")
	cmd.Flags().Int64Var(&before, "cursor", 0, "go on where the `cursor` of the page before ends")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printDeliveries(p Process, list []notify.Delivery, names map[string]string, next string, asJSON bool) error {
	if asJSON {
		lines := []deliveryLine{}
		for _, d := range list {
			lines = append(lines, deliveryLineOf(d, names))
		}
		out := map[string]any{"deliveries": lines}
		if next != "" {
			out["next"] = next
		}
		return writeJSON(p, out)
	}
	t := newColumns(p.Stdout, "ID", "CREATED", "CHANNEL", "STATUS", "ATTEMPTS", "ABOUT", "WHAT WAS SAID")
	for _, d := range list {
		about := ""
		if len(d.Notices) > 0 {
			about = d.Notices[0].Alert + " " + string(d.Notices[0].State)
			if more := len(d.Notices) - 1 + d.More; more > 0 {
				about += " " + notify.More(more)
			}
		}
		said := d.Problem
		if said == "" {
			said = d.Said
		}
		t.row(d.ID, shortText(formatTime(d.Created)), safe(names[d.Channel]), string(d.Status), strconv.Itoa(d.Attempts), about, safe(notify.Cut(said, 80)))
	}
	if err := t.flush(); err != nil || next == "" {
		return err
	}
	_, err := fmt.Fprintf(p.Stderr, "there may be more: --cursor %s\n", next)
	return err
}

func newDeliveryRetry(p Process) *cobra.Command {
	var channel string
	cmd := &cobra.Command{
		Use: "retry [ID…]", Short: "Send again what was given up or is held", Args: cobra.ArbitraryArgs,
		Long: `Has messages tried again: those of the ids, or with --channel all of a channel that were given
up or are held. A running "nightjar serve" sends them within seconds.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) > 0) == (channel != "") {
				return usageError("nightjar delivery list --status dead shows the ids", "delivery retry needs ids or --channel")
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				id, target := "", fmt.Sprintf("%d deliveries", len(args))
				if channel != "" {
					list, err := a.Notifier().List(ctx)
					if err != nil {
						return err
					}
					c, err := channelNamed(list, channel)
					if err != nil {
						return err
					}
					id, target = c.ID, c.Name
				}
				var done int64
				err := channelAudited(ctx, p, a, nightjar.ActionDeliveryRetry, target, nil, func(ctx context.Context) (err error) {
					done, err = a.Notifier().Retry(ctx, args, id)
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "%d messages are sent again\n", done)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&channel, "channel", "", "all of this channel, by `name` or id")
	return withConfig(cmd, false)
}
