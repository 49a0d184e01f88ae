package connect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// Added is what Add and SetCredential did.
type Added struct {
	Connection Connection
	Notices    []string // what people should know, such as a secret that looks like its id
}

// Add connects a tenant and seals its credential. Nothing is asked of
// Microsoft: Check does that.
func (c *Connector) Add(ctx context.Context, t nightjar.Tenant, in CredentialInput) (Added, error) {
	t, err := c.normalised(t)
	if err != nil {
		return Added{}, err
	}
	conn, m, err := c.prepare(ctx, t, in)
	if err != nil {
		return Added{}, err
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := all(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range known {
			if err := collides(k, conn); err != nil {
				return err
			}
			if k.ID == conn.ID { // removed earlier: it comes back
				conn.Created = k.Created
			}
		}
		return c.store(ctx, tx, conn, m)
	})
	if err != nil {
		return Added{}, err
	}
	return Added{conn, m.notices}, nil
}

// collides refuses a second connection to a tenant, and a second use of a name.
func collides(known, fresh Connection) error {
	if !known.Removed.IsZero() {
		return nil
	}
	if known.ID == fresh.ID {
		how := "added by command"
		hint := "renew its credential with nightjar tenant set-credential " + known.Name + ", or remove it first: nightjar tenant remove " + known.Name
		if known.Declared {
			how, hint = "declared in the configuration", "change it there"
		}
		return &nightjar.Error{
			Code: nightjar.CodeConflict, Message: fmt.Sprintf("tenant %s is connected already as %s (%s)", known.ID, known.Name, how), Hint: hint,
		}
	}
	if strings.EqualFold(known.Name, fresh.Name) {
		// Whose it is stays out: whoever asks need not be allowed to know that tenant.
		return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("the name %s is taken", known.Name), Hint: "choose another name"}
	}
	return nil
}

// SetCredential gives an added tenant a new credential, for example because
// the old one expires. Collection goes on with it at its next request.
func (c *Connector) SetCredential(ctx context.Context, ref string, in CredentialInput) (Added, error) {
	conn, err := c.Show(ctx, ref)
	if err != nil {
		return Added{}, err
	}
	if conn.Declared {
		return Added{}, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "the credential of " + conn.Name + " is declared in the configuration",
			Hint: "replace the content of its file; it is read again at once",
		}
	}
	if conn.Credential.Kind == CredentialConsent {
		return Added{}, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: conn.Name + " consented to the application under consent in the configuration, and has no credential of its own",
			Hint: "renew its consent; for an application of the tenant's own, disconnect it and connect it again: its events stay",
		}
	}
	fresh, m, err := c.prepare(ctx, conn.Tenant, in)
	if err != nil {
		return Added{}, err
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return c.store(ctx, tx, fresh, m) })
	if err != nil {
		return Added{}, err
	}
	return Added{fresh, m.notices}, nil
}

// prepare reads a credential that is to be sealed, and proves that a client
// can be made of it: a key that does not fit its certificate is refused here.
func (c *Connector) prepare(ctx context.Context, t nightjar.Tenant, in CredentialInput) (Connection, material, error) {
	in, err := c.generated(ctx, t.ID, in)
	if err != nil {
		return Connection{}, material{}, err
	}
	kind, err := in.kind()
	if err != nil {
		return Connection{}, material{}, err
	}
	m, err := in.read(kind)
	if err != nil {
		return Connection{}, m, err
	}
	now := c.clock.Now().Truncate(time.Microsecond)
	if t.Created.IsZero() {
		t.Created = now
	}
	conn := Connection{Tenant: t, Updated: now, Credential: Credential{Kind: kind, Expires: m.expires, Thumbprint: m.thumbprint, FederatedTokenFile: in.FederatedTokenFile}}
	config, err := c.credentialConfig(conn, m)
	if err != nil {
		return conn, m, err
	}
	_, err = m365.NewTokenSource(config)
	return conn, m, err
}

// store writes a connection and seals its secrets, in one transaction.
func (c *Connector) store(ctx context.Context, tx bun.Tx, conn Connection, m material) error {
	if err := put(ctx, tx, conn, string(m.certificate)); err != nil {
		return err
	}
	sealed := conn.Credential.Kind == CredentialSecret || conn.Credential.Kind == CredentialCertificate
	if sealed && c.vault == nil {
		return &nightjar.Error{Code: nightjar.CodeInvalid, Message: "no key file is configured, so no secret can be sealed", Hint: "set key_file"}
	}
	if sealed {
		if err := c.dropPending(ctx, tx, conn.ID); err != nil {
			return err
		}
	}
	switch conn.Credential.Kind {
	case CredentialSecret:
		if err := c.vault.Seal(ctx, tx, conn.ID, sealedSecret, m.secret); err != nil {
			return err
		}
		return c.vault.Drop(ctx, tx, conn.ID, sealedKey)
	case CredentialCertificate:
		if err := c.vault.Seal(ctx, tx, conn.ID, sealedKey, m.privateKey); err != nil {
			return err
		}
		return c.vault.Drop(ctx, tx, conn.ID, sealedSecret)
	case CredentialFederated, CredentialConsent:
		if c.vault != nil {
			return c.vault.Forget(ctx, tx, conn.ID)
		}
	}
	return nil
}
