package cli

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func newPerson(p Process) *cobra.Command {
	return noun("person", "Say who may use the console",
		newPersonList(p), newPersonInvite(p), newPersonGrant(p), newPersonReset(p), newPersonDisable(p), newPersonEnable(p), newPersonRemove(p))
}

// operator is who the audit log names for what the command line does.
func operator(p Process) access.Identity {
	for _, name := range []string{"SUDO_USER", "USER", "USERNAME"} {
		if user, _ := p.Env(name); user != "" {
			return access.Operator(user)
		}
	}
	return access.Operator("operator")
}

const grantUsage = "`ROLE[@TENANT]`, a role for one tenant or for all; may be given more than once. The roles are viewer, helpdesk, analyst and admin"

// parseGrants reads grants in the form ROLE or ROLE@TENANT.
func parseGrants(ctx context.Context, a *app.App, texts []string) ([]access.Grant, error) {
	known, err := a.Known(ctx)
	if err != nil {
		return nil, err
	}
	var out []access.Grant
	for _, text := range texts {
		role, name, some := strings.Cut(text, "@")
		g := access.Grant{Role: access.Role(role)}
		if some {
			t, err := tenantNamed(known, name)
			if err != nil {
				return nil, err
			}
			g.Tenant = t.ID
		}
		out = append(out, g)
	}
	return out, nil
}

// grantNames writes grants as parseGrants reads them.
func grantNames(known []nightjar.Tenant, list []access.Grant) string {
	names := map[nightjar.TenantID]string{}
	for _, t := range known {
		names[t.ID] = t.Name
	}
	parts := make([]string, len(list))
	for i, g := range list {
		parts[i] = string(g.Role)
		if g.Tenant != "" {
			name := names[g.Tenant]
			if name == "" {
				name = string(g.Tenant)
			}
			parts[i] += "@" + name
		}
	}
	return strings.Join(parts, " ")
}

// personLine is a person as --json prints it (docs/cli-json.md).
type personLine struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	State     string         `json:"state"`
	Grants    []access.Grant `json:"grants"`
	Created   string         `json:"created"`
	LastLogin string         `json:"last_login,omitempty"`
	Expires   string         `json:"expires,omitempty"`
}

func personOf(p access.Person) personLine {
	l := personLine{ID: p.ID, Name: p.Name, State: "active", Grants: nonNil(p.Grants), Created: formatTime(p.Created)}
	if p.Disabled {
		l.State = "disabled"
	}
	if !p.LastLogin.IsZero() {
		l.LastLogin = formatTime(p.LastLogin)
	}
	return l
}

func newPersonList(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List who may use the console", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				lines, err := personLines(ctx, a)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, map[string]any{"people": lines})
				}
				if len(lines) == 0 {
					_, err := fmt.Fprintln(p.Stderr, "nobody yet; next: nightjar setup-token makes the token for the first administrator")
					return err
				}
				known, err := a.Known(ctx)
				if err != nil {
					return err
				}
				t := newColumns(p.Stdout, "NAME", "STATE", "ROLES", "LAST SIGN-IN", "ID")
				for _, l := range lines {
					t.row(safe(l.Name), l.State, grantNames(known, l.Grants), shortText(l.LastLogin), l.ID)
				}
				return t.flush()
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

// personLines returns the people, and after them those who are invited.
func personLines(ctx context.Context, a *app.App) ([]personLine, error) {
	lines := []personLine{}
	people, err := a.People().People(ctx)
	if err != nil {
		return nil, err
	}
	for _, person := range people {
		lines = append(lines, personOf(person))
	}
	waiting, err := a.People().Invitations(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range waiting {
		if !i.Reset {
			lines = append(lines, personLine{ID: i.ID, Name: i.Name, State: "invited", Grants: nonNil(i.Grants), Created: formatTime(i.Created), Expires: formatTime(i.Expires)})
		}
	}
	return lines, nil
}

func newPersonInvite(p Process) *cobra.Command {
	var (
		grants []string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "invite NAME", Short: "Make a link with which somebody joins", Args: exactArguments(1, "one name"),
		Long: `Makes a link with which a new person chooses a password and sets up an authenticator. It is
good for one use within three days; hand it over by a way that others do not read. A new
link for the same name takes the place of the old one.`,
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
		Long: `Makes a link with which a person who lost the password or the authenticator chooses new
ones. The old ones work until it is used. It is good for one use within three days.`,
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

func newPersonGrant(p Process) *cobra.Command {
	var (
		grants []string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "grant NAME", Short: "Replace what somebody may do", Args: exactArguments(1, "the name or id of one person"),
		Long:    `Replaces all roles of a person by those given. It holds from the person's next click on.`,
		Example: "    nightjar person grant ada --grant admin",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(grants) == 0 {
				return usageError("to take everything away, use nightjar person disable", "person grant needs --grant")
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				list, err := parseGrants(ctx, a, grants)
				if err != nil {
					return err
				}
				return changePerson(ctx, p, a, args[0], asJSON, "may do what was given", func(id string) error {
					return a.People().SetGrants(ctx, operator(p), id, list)
				})
			})
		},
	}
	cmd.Flags().StringArrayVar(&grants, "grant", nil, grantUsage)
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newPersonDisable(p Process) *cobra.Command {
	return personVerb(p, "disable NAME", "Keep somebody out, and end all sessions", `Ends all sessions of a person and refuses sign-ins and API tokens until "nightjar person enable".`,
		"is kept out", func(ctx context.Context, a *app.App, id string) error {
			return a.People().Disable(ctx, operator(p), id)
		})
}

func newPersonEnable(p Process) *cobra.Command {
	return personVerb(p, "enable NAME", "Let somebody in again who was disabled", "",
		"may sign in again", func(ctx context.Context, a *app.App, id string) error { return a.People().Enable(ctx, operator(p), id) })
}

func personVerb(p Process, use, short, long, done string, do func(ctx context.Context, a *app.App, id string) error) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: exactArguments(1, "the name or id of one person"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				return changePerson(ctx, p, a, args[0], asJSON, done, func(id string) error { return do(ctx, a, id) })
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func changePerson(ctx context.Context, p Process, a *app.App, ref string, asJSON bool, done string, do func(id string) error) error {
	person, err := a.People().Person(ctx, ref)
	if err != nil {
		return err
	}
	if err := do(person.ID); err != nil {
		return err
	}
	if person, err = a.People().Person(ctx, person.ID); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(p, personOf(person))
	}
	_, err = fmt.Fprintf(p.Stdout, "%s %s\n", safe(person.Name), done)
	return err
}

func newPersonRemove(p Process) *cobra.Command {
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use: "remove NAME", Short: "Forget somebody", Args: exactArguments(1, "the name or id of one person"),
		Long: `Forgets a person with credentials, sessions and API tokens, or withdraws an invitation. What
the person did stays in the audit log. Without --yes it only says what it would do.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				lines, err := personLines(ctx, a)
				if err != nil {
					return err
				}
				found, err := personNamed(lines, args[0])
				if err != nil {
					return err
				}
				if !yes {
					_, err = fmt.Fprintf(p.Stdout, "would forget %s (%s). Add --yes to do it.\n", safe(found.Name), found.State)
					return err
				}
				remove := a.People().Remove
				if found.State == "invited" {
					remove = a.People().Uninvite
				}
				if err := remove(ctx, operator(p), found.ID); err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, found)
				}
				_, err = fmt.Fprintf(p.Stdout, "%s is forgotten\n", safe(found.Name))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func personNamed(lines []personLine, ref string) (personLine, error) {
	for _, l := range lines {
		if l.ID == ref || strings.EqualFold(l.Name, ref) {
			return l, nil
		}
	}
	return personLine{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is nobody %.80q", ref), Hint: "nightjar person list says who there is"}
}

// shortText is shortTime of a time that is written out already.
func shortText(text string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "never"
	}
	return shortTime(t)
}
