package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func newSecret(p Process) *cobra.Command {
	return noun("secret", "Keep the sealed credentials", newSecretRotate(p))
}

func newSecretRotate(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "rotate", Short: "Replace the key that seals the credentials", Args: noArguments,
		Long: `Makes a new key in the key file, seals every tenant's key with it, and drops the old one.
It can be interrupted at any point and run again. Copy the new key file to where you keep
the old one: backups made before need the old, those made after the new.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				var r secret.Rotation
				err := audited(ctx, p, a, nightjar.ActionKeyRotate, nightjar.Tenant{}, func(ctx context.Context) (err error) {
					r, err = a.Vault().RotateKEK(ctx)
					return err
				})
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(p, r)
				}
				_, err = fmt.Fprintf(p.Stdout, "key %s is in force; the keys of %s were sealed with it\n", r.KeyID, counted(r.Tenants, "tenant"))
				return err
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}
