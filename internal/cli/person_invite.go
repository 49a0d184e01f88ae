package cli

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func newPersonInvite(p Process) *cobra.Command {
	var (
		grants []string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "invite NAME", Short: "Make a link with which somebody joins", Args: exactArguments(1, "one name"),
		Long: `Makes a link with which a new person chooses how to sign in: with a passkey, or with a
password and an authenticator. It is good for one use within three days; hand it over by a
way that others do not read. A new link for the same name takes the place of the old one.`,
		Example: "    nightjar person invite ada --grant analyst@contoso --grant viewer",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(grants) == 0 {
				return usageError("e.g. nightjar person invite "+args[0]+" --grant viewer", "person invite needs --grant")
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, c *config.Config) error {
				list, err := parseGrants(ctx, a, grants)
				if err != nil {
					return err
				}
				link, err := a.People().Invite(ctx, operator(p), args[0], list)
				if err != nil {
					return err
				}
				return printLink(p, c, args[0], link, asJSON)
			})
		},
	}
	cmd.Flags().StringArrayVar(&grants, "grant", nil, grantUsage)
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newPersonReset(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "reset NAME", Short: "Make a link with which somebody chooses new credentials", Args: exactArguments(1, "the name or id of one person"),
		Long: `Makes a link with which a person who lost the passkey, the password or the authenticator
chooses new credentials. The old ones, passkeys too, work until it is used; then they end,
and so do all sessions and API tokens of the person. It is good for one use within three days.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, c *config.Config) error {
				person, err := a.People().Person(ctx, args[0])
				if err != nil {
					return err
				}
				link, err := a.People().Reset(ctx, operator(p), person.ID)
				if err != nil {
					return err
				}
				tokens, err := a.People().OpenTokens(ctx, person.ID)
				if err != nil {
					return err
				}
				if !asJSON && tokens > 0 {
					fmt.Fprintf(p.Stderr, "API tokens of %s that end when the link is used: %d\n", safe(person.Name), tokens)
				}
				return printLink(p, c, person.Name, link, asJSON)
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// printLink shows a link once. The token stands behind '#': browsers do not
// send that part, so that it reaches no log.
func printLink(p Process, c *config.Config, name string, token secret.Value, asJSON bool) error {
	link := consoleAddress(c) + "/invite#" + token.Reveal()
	if asJSON {
		return writeJSON(p, map[string]string{"name": name, "link": link})
	}
	fmt.Fprintf(p.Stderr, "a link for %s, good for one use within three days:\n", safe(name))
	_, err := fmt.Fprintln(p.Stdout, link)
	return err
}

// consoleAddress is where people reach the console, as far as the
// configuration says.
func consoleAddress(c *config.Config) string {
	if c.Console.PublicURL != "" {
		return strings.TrimSuffix(c.Console.PublicURL, "/")
	}
	scheme := "http://"
	if c.Console.CertFile != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}
