package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// channelFlags are those of channel add and channel edit.
type channelFlags struct {
	settings, secrets []string
	perMinute         int
	onDoubt           string
}

func (f *channelFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.settings, "set", nil, "`SETTING=VALUE`; may be given more than once")
	cmd.Flags().StringArrayVar(&f.secrets, "secret-file", nil, "`SECRET=FILE`: a secret setting from a file; - reads standard input")
	cmd.Flags().IntVar(&f.perMinute, "per-minute", 0, "most messages a minute; what comes more often is bundled (default 30)")
	cmd.Flags().StringVar(&f.onDoubt, "on-doubt", "", "what becomes of a message that may have arrived: send (default) or hold")
}

func pairs(flag string, list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range list {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, usageError("nightjar channel kinds lists the settings", "--%s %.40q is not NAME=VALUE", flag, s)
		}
		out[name] = value
	}
	return out, nil
}

// values are the settings, and the secrets from their files.
func (f *channelFlags) values(p Process) (settings map[string]string, secrets map[string]secret.Value, err error) {
	if settings, err = pairs("set", f.settings); err != nil {
		return nil, nil, err
	}
	files, err := pairs("secret-file", f.secrets)
	if err != nil {
		return nil, nil, err
	}
	secrets = map[string]secret.Value{}
	read := false
	for name, file := range files {
		var text []byte
		switch {
		case file == "": // forgets it
		case file == "-" && read:
			return nil, nil, usageError("give the others from files", "two secrets are to be read from standard input")
		case file == "-":
			read = true
			text, err = readWhole(p.Stdin, standardInput, maxSecret, "give the secret alone")
		default:
			text, err = readWholeFile(file, maxSecret, "name a file that holds the secret alone")
		}
		if nightjar.CodeOf(err) == nightjar.CodeLimit {
			return nil, nil, err
		}
		if err != nil {
			return nil, nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the secret " + name + " cannot be read", Hint: "name a file that holds it alone", Err: err}
		}
		secrets[name] = secret.New(strings.TrimSpace(string(text)))
	}
	return settings, secrets, nil
}

func newChannelAdd(p Process) *cobra.Command {
	var (
		f    channelFlags
		kind string
	)
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a channel", Args: exactArguments(1, "one name for the channel"),
		Long: `Adds a place where people are told. Secrets, among them the addresses of webhooks, are read
from files or standard input and sealed. While no routes are set, all alerts go to all channels.`,
		Example: `    nightjar channel add "SOC mail" --kind email --set server=smtp.example.com:587 --set from=nightjar@example.com --set to=soc@example.com --set username=nightjar --secret-file password=smtp.secret
    nightjar channel add "On call" --kind pagerduty --secret-file routing_key=-`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if kind == "" {
				return usageError("nightjar channel kinds lists them", "channel add needs --kind")
			}
			settings, secrets, err := f.values(p)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				c := notify.Channel{Name: args[0], Kind: kind, Enabled: true, Settings: settings, PerMinute: f.perMinute, OnDoubt: notify.OnDoubt(f.onDoubt)}
				err := channelAudited(ctx, p, a, nightjar.ActionChannelAdd, c.Name, map[string]string{"kind": kind}, func(ctx context.Context) (err error) {
					c, err = a.Notifier().Add(ctx, c, secrets)
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "added %s (%s); next: nightjar channel test %s\n", safe(c.Name), c.ID, c.ID)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "email, teams, slack, webhook, pagerduty or syslog")
	f.add(cmd)
	return withConfig(cmd, false)
}

func newChannelEdit(p Process) *cobra.Command {
	var (
		f               channelFlags
		name            string
		enable, disable bool
	)
	cmd := &cobra.Command{
		Use: "edit NAME|ID", Short: "Change a channel", Args: exactArguments(1, "the name or id of one channel"),
		Long: `Changes what is given; the rest stays. An empty value of a setting goes back to its default,
and --secret-file NAME= forgets a secret. What waits goes to the new destination.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, secrets, err := f.values(p)
			if err != nil {
				return err
			}
			if enable && disable {
				return usageError("give one of them", "--enable and --disable do not go together")
			}
			change := notify.ChannelChange{Settings: settings, Secrets: secrets}
			if name != "" {
				change.Name = &name
			}
			if enable || disable {
				change.Enabled = &enable
			}
			if f.perMinute != 0 {
				change.PerMinute = &f.perMinute
			}
			if f.onDoubt != "" {
				doubt := notify.OnDoubt(f.onDoubt)
				change.OnDoubt = &doubt
			}
			if len(change.Detail()) == 0 {
				return usageError(cmd.UseLine(), "nothing is to be changed")
			}
			return withChannel(p, cmd, args[0], func(ctx context.Context, a *app.App, c notify.Channel) error {
				err := channelAudited(ctx, p, a, nightjar.ActionChannelEdit, c.Name, change.Detail(), func(ctx context.Context) (err error) {
					c, err = a.Notifier().Change(ctx, c.ID, change)
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "changed %s\n", safe(c.Name))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "another `name`")
	cmd.Flags().BoolVar(&enable, "enable", false, "send again, also what has waited")
	cmd.Flags().BoolVar(&disable, "disable", false, "send nothing; what is for the channel waits")
	f.add(cmd)
	return withConfig(cmd, false)
}
