package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// credentialFlags are those of tenant add and tenant set-credential.
type credentialFlags struct {
	secretFile, secretExpires, certificateFile, privateKeyFile, federatedTokenFile string
}

func (f *credentialFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.secretFile, "client-secret-file", "", "`file` of the client secret's value; - reads standard input")
	fs.StringVar(&f.secretExpires, "client-secret-expires", "", "`day` on which the secret expires, as Entra shows it")
	fs.StringVar(&f.certificateFile, "certificate-file", "", "PEM `file` of the certificate; needs --private-key-file")
	fs.StringVar(&f.privateKeyFile, "private-key-file", "", "PEM `file` of the certificate's private key")
	fs.StringVar(&f.federatedTokenFile, "federated-token-file", "", "`file` of a federated identity's token, kept fresh by the platform")
}

// maxSecret is far above any client secret; it keeps a wrong pipe from being read whole.
const maxSecret = 64 << 10

const credentialHint = "give --client-secret-file, or --certificate-file with --private-key-file, or --federated-token-file"

// check says in terms of flags what connect would say in those of the configuration.
func (f *credentialFlags) check() error {
	if f.certificateFile == "" && f.privateKeyFile == "" && f.federatedTokenFile == "" && f.secretFile == "" {
		return usageError(credentialHint, "no credential is given")
	}
	if (f.certificateFile == "") != (f.privateKeyFile == "") {
		return usageError("give --certificate-file and --private-key-file", "a certificate needs its private key, and the key its certificate")
	}
	given := 0
	for _, file := range []string{f.secretFile, f.certificateFile, f.federatedTokenFile} {
		if file != "" {
			given++
		}
	}
	if given > 1 {
		return usageError(credentialHint, "a tenant needs exactly one credential, %d are given", given)
	}
	return nil
}

func (f *credentialFlags) input(p Process) (connect.CredentialInput, error) {
	in := connect.CredentialInput{
		SecretFile: f.secretFile, CertificateFile: f.certificateFile, PrivateKeyFile: f.privateKeyFile, FederatedTokenFile: f.federatedTokenFile,
	}
	if err := f.check(); err != nil {
		return in, err
	}
	if f.secretFile == "-" {
		value, err := readWhole(p.Stdin, standardInput, maxSecret, "give the secret's value alone")
		if err != nil {
			return in, err
		}
		in.SecretFile, in.Secret = "", secret.New(strings.TrimSpace(string(value)))
	}
	if f.secretExpires != "" {
		t, err := config.ParseTime(f.secretExpires)
		if err != nil {
			return in, usageError("e.g. --client-secret-expires 2027-11-20", "--client-secret-expires: %v", err)
		}
		in.SecretExpires = t
	}
	return in, nil
}

func newTenantAdd(p Process) *cobra.Command {
	var (
		name, id, cloud, clientID, tag, start string
		feeds                                 []string
		asJSON                                bool
		credential                            credentialFlags
	)
	cmd := &cobra.Command{
		Use: "add", Short: "Connect a tenant", Args: noArguments,
		Long: `Connects a tenant and seals its credential under the key file. A running "nightjar serve"
begins to collect it within seconds. Nothing is asked of Microsoft: "nightjar tenant check" does that.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, f := range []string{"name", "id", "client-id"} {
				if cmd.Flag(f).Value.String() == "" {
					return usageError("nightjar tenant add --name contoso --id TENANT-ID --client-id CLIENT-ID --client-secret-file secret.txt (docs/connect.md says where the ids are)", "tenant add needs --%s", f)
				}
			}
			tenantID, err := nightjar.ParseTenantID(id)
			if err != nil {
				return err
			}
			t := nightjar.Tenant{ID: tenantID, Name: name, Cloud: cloud, ClientID: clientID, Tag: tag}
			if start != "" {
				if t.Start, err = config.ParseTime(start); err != nil {
					return usageError("e.g. --start 2026-11-20", "--start: %v", err)
				}
			}
			if t.Feeds, err = parseFeeds(feeds); err != nil {
				return err
			}
			in, err := credential.input(p)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				var added connect.Added
				err := audited(ctx, p, a, nightjar.ActionConnectionAdd, t, func(ctx context.Context) (err error) {
					added, err = a.Connections().Add(ctx, t, in)
					return err
				})
				if err != nil {
					return err
				}
				return reportAdded(p, added, asJSON, "connected")
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name for people and the command line")
	cmd.Flags().StringVar(&id, "id", "", "directory (tenant) id, a `GUID`")
	cmd.Flags().StringVar(&cloud, "cloud", "commercial", "commercial, gcc, gcchigh, dod, or a cloud of the configuration")
	cmd.Flags().StringVar(&clientID, "client-id", "", "application (client) id, a `GUID`")
	cmd.Flags().StringVar(&tag, "tag", "", "written on each event; left out, the name")
	cmd.Flags().StringVar(&start, "start", "", "earliest content `time`; left out, as far back as Microsoft holds")
	cmd.Flags().StringSliceVar(&feeds, "feed", nil, "collect only these feeds")
	credential.add(cmd.Flags())
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newTenantSetCredential(p Process) *cobra.Command {
	var (
		asJSON     bool
		credential credentialFlags
	)
	cmd := &cobra.Command{
		Use: "set-credential TENANT", Short: "Give a tenant a new credential", Args: exactArguments(1, "the name or id of one tenant"),
		Long: `Replaces the sealed credential of a tenant that was added by command, for example because
the old one expires. A running "nightjar serve" uses it at its next request.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := credential.input(p)
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				c, err := a.Connections().Show(ctx, args[0])
				if err != nil {
					return err
				}
				var added connect.Added
				err = audited(ctx, p, a, nightjar.ActionConnectionSecret, c.Tenant, func(ctx context.Context) (err error) {
					added, err = a.Connections().SetCredential(ctx, args[0], in)
					return err
				})
				if err != nil {
					return err
				}
				return reportAdded(p, added, asJSON, "has a new credential")
			})
		},
	}
	credential.add(cmd.Flags())
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func reportAdded(p Process, added connect.Added, asJSON bool, what string) error {
	for _, n := range added.Notices {
		fmt.Fprintln(p.Stderr, "Warning: "+n)
	}
	c := added.Connection
	if asJSON {
		return writeJSON(p, connectionOf(c))
	}
	_, err := fmt.Fprintf(p.Stdout, "%s (%s) %s; next: nightjar tenant check %s\n", c.Name, c.ID, what, c.Name)
	return err
}

func parseFeeds(names []string) (map[nightjar.Feed]nightjar.FeedOptions, error) {
	if len(names) == 0 {
		return nil, nil //nolint:nilnil // no options: every feed has its defaults
	}
	feeds := map[nightjar.Feed]nightjar.FeedOptions{}
	for _, f := range nightjar.Feeds() {
		feeds[f] = nightjar.FeedOptions{Off: true}
	}
	for _, name := range names {
		f, err := nightjar.ParseFeed(name)
		if err != nil {
			return nil, err
		}
		feeds[f] = nightjar.FeedOptions{}
	}
	return feeds, nil
}
