package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newChannel(p Process) *cobra.Command {
	return noun("channel", "Say where people are told of alerts", newChannelKinds(p), newChannelList(p), newChannelAdd(p), newChannelEdit(p), newChannelTest(p), newChannelRemove(p))
}

// channelLine is a channel as --json prints it (docs/cli-json.md).
type channelLine struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Enabled     bool              `json:"enabled"`
	State       string            `json:"state"`
	Destination string            `json:"destination"`
	Settings    map[string]string `json:"settings"`
	Secrets     []string          `json:"secrets"`
	PerMinute   int               `json:"per_minute"`
	OnDoubt     string            `json:"on_doubt"`
	Problem     string            `json:"problem"`
	Waiting     int64             `json:"waiting"`
	Dead        int64             `json:"dead"`
	Doubtful    int64             `json:"doubtful"`
	LastSent    string            `json:"last_sent"`
	Created     string            `json:"created"`
	Updated     string            `json:"updated"`
}

func channelLineOf(c notify.Channel) channelLine {
	secrets := c.Secrets
	if secrets == nil {
		secrets = []string{}
	}
	return channelLine{
		ID: c.ID, Name: c.Name, Kind: c.Kind, Enabled: c.Enabled, State: string(c.State()), Destination: c.Destination, Settings: c.Settings, Secrets: secrets,
		PerMinute: c.PerMinute, OnDoubt: string(c.OnDoubt), Problem: c.Problem, Waiting: c.Waiting, Dead: c.Dead, Doubtful: c.Doubtful,
		LastSent: formatTime(c.LastSent), Created: formatTime(c.Created), Updated: formatTime(c.Updated),
	}
}

func newChannelKinds(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "kinds", Short: "List the kinds of channels and their settings", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			t := newColumns(p.Stdout, "KIND", "SETTING", "NEEDED", "DEFAULT", "WHAT IT IS")
			for _, k := range app.ChannelKinds() {
				for _, f := range k.Fields {
					needed, name := "", f.Name
					if f.Required {
						needed = "yes"
					}
					if f.Secret {
						name += " (secret)"
					}
					t.row(k.Name, name, needed, f.Default, f.Help)
				}
			}
			return t.flush()
		},
	}
	return cmd
}

func newChannelList(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the channels and how sending to them goes", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				list, err := a.Notifier().List(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					lines := []channelLine{}
					for _, c := range list {
						lines = append(lines, channelLineOf(c))
					}
					return writeJSON(p, map[string]any{"channels": lines})
				}
				t := newColumns(p.Stdout, "NAME", "KIND", "STATE", "DESTINATION", "WAITING", "DEAD", "DOUBTFUL", "LAST SENT", "ID")
				for _, c := range list {
					t.row(safe(c.Name), c.Kind, string(c.State()), safe(c.Destination), strconv.FormatInt(c.Waiting, 10), strconv.FormatInt(c.Dead, 10), strconv.FormatInt(c.Doubtful, 10), shortText(formatTime(c.LastSent)), c.ID)
				}
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// withChannel opens the notifier and hands over the channel of a name or id.
func withChannel(p Process, cmd *cobra.Command, name string, do func(ctx context.Context, a *app.App, c notify.Channel) error) error {
	return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
		list, err := a.Notifier().List(ctx)
		if err != nil {
			return err
		}
		c, err := channelNamed(list, name)
		if err != nil {
			return err
		}
		return do(ctx, a, c)
	})
}

func channelNamed(list []notify.Channel, name string) (notify.Channel, error) {
	for _, c := range list {
		if c.ID == name || c.Name == name {
			return c, nil
		}
	}
	return notify.Channel{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no channel %.80q", name), Hint: "nightjar channel list"}
}

// channelAudited does something to a channel and puts it on the audit log.
func channelAudited(ctx context.Context, p Process, a *app.App, action nightjar.AuditAction, target string, detail map[string]string, do func(ctx context.Context) error) error {
	return a.Audit().Do(ctx, nightjar.AuditEntry{Actor: operator(p).Actor(), Action: action, Target: target, Detail: detail}, do)
}

func newChannelTest(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "test NAME|ID", Short: "Send a test message now and say what the other side answers", Args: exactArguments(1, "the name or id of one channel"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withChannel(p, cmd, args[0], func(ctx context.Context, a *app.App, c notify.Channel) error {
				done, err := a.Notifier().Test(ctx, c.ID)
				if err != nil {
					return err
				}
				outcome := map[bool]string{true: "taken", false: "not taken"}[done.OK]
				entry := nightjar.AuditEntry{Actor: operator(p).Actor(), Action: nightjar.ActionChannelTest, Target: c.Name, Detail: map[string]string{"outcome": outcome}}
				if err := a.Audit().Record(ctx, entry); err != nil {
					return err
				}
				if !done.OK {
					message := done.Problem
					if done.Said != "" && !strings.Contains(message, done.Said) {
						message += ": " + done.Said
					}
					return &nightjar.Error{Code: nightjar.CodeUnavailable, Message: safe(message), Hint: done.Hint}
				}
				_, err = fmt.Fprintf(p.Stdout, "%s took it in %d ms: %s\n", safe(c.Name), done.Took.Milliseconds(), safe(done.Said))
				return err
			})
		},
	}
	return withConfig(cmd, false)
}

func newChannelRemove(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove NAME|ID", Short: "Forget a channel, its secrets and what waits for it", Args: exactArguments(1, "the name or id of one channel"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withChannel(p, cmd, args[0], func(ctx context.Context, a *app.App, c notify.Channel) error {
				err := channelAudited(ctx, p, a, nightjar.ActionChannelRemove, c.Name, map[string]string{"kind": c.Kind}, func(ctx context.Context) error {
					_, err := a.Notifier().Remove(ctx, c.ID)
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "removed %s\n", safe(c.Name))
				return err
			})
		},
	}
	return withConfig(cmd, false)
}
