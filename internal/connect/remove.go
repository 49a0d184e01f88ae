package connect

import (
	"context"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Removed says what Remove did and what it left.
type Removed struct {
	Connection Connection
	Forgotten  []string // sealed secrets that are gone
	Kept       []string // what is still there, in sentences for people
}

// Remove ends a connection: collection of the tenant stops, and its sealed
// secrets are forgotten by deleting the key that opens them. Collected events
// are kept; the subscriptions at Microsoft go on and cost nothing.
func (c *Connector) Remove(ctx context.Context, ref string) (Removed, error) {
	conn, err := c.Show(ctx, ref)
	if err != nil {
		return Removed{}, err
	}
	if conn.Declared {
		return Removed{}, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: conn.Name + " is declared in the configuration", Hint: "remove it from tenants there, or set paused: true",
		}
	}
	var out Removed
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		out, err = c.removeIn(ctx, tx, conn)
		return err
	})
	if err != nil {
		return Removed{}, err
	}
	c.drop(conn.ID)
	return out, nil
}

func (c *Connector) removeIn(ctx context.Context, tx bun.Tx, conn Connection) (Removed, error) {
	application := "the application and its secret in Entra: delete them there if they serve nothing else"
	if conn.Credential.Kind == CredentialConsent {
		application = "the consent: an administrator of the tenant withdraws it by deleting the application under Enterprise applications in Entra"
	}
	out := Removed{Kept: []string{
		"the collected events, which retention ends; nightjar query still answers over them",
		"the subscriptions at Microsoft; they deliver to nobody",
		application,
	}}
	if c.vault != nil {
		sealed, err := c.vault.List(ctx, conn.ID)
		if err != nil {
			return out, err
		}
		for _, s := range sealed {
			out.Forgotten = append(out.Forgotten, s.Name)
		}
		if err := c.vault.Forget(ctx, tx, conn.ID); err != nil {
			return out, err
		}
	}
	for _, path := range []string{conn.Credential.SecretFile, conn.Credential.PrivateKeyFile, conn.Credential.FederatedTokenFile} {
		if path != "" {
			out.Kept = append(out.Kept, "the file "+path)
		}
	}
	conn.Removed = c.clock.Now()
	conn.Updated = conn.Removed
	out.Connection = conn
	return out, put(ctx, tx, conn, "")
}
