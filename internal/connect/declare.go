package connect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Declaration is a tenant as the configuration file has it. Its credential
// stays in the files it names.
type Declaration struct {
	Tenant     nightjar.Tenant
	Credential CredentialInput
}

// Declared is what Declare did.
type Declared struct {
	Added   []string
	Changed []string
	Removed []string // no longer in the file: stopped, with their events kept
	Notices []string // what people should know; none keeps other tenants from working
}

// Declare makes the declared tenants those of the configuration file. Calling
// it again with the same file changes nothing. A credential that cannot be
// read is a notice, not an error: one tenant must not stop the others, and the
// file may come later.
func (c *Connector) Declare(ctx context.Context, declarations []Declaration) (Declared, error) {
	fresh, out, err := c.declared(declarations)
	if err != nil {
		return out, err
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, err := all(ctx, tx)
		if err != nil {
			return err
		}
		wanted := make(map[nightjar.TenantID]bool)
		for _, f := range fresh {
			wanted[f.ID] = true
		}
		// First those that go, so that their names are free.
		for _, k := range known {
			if k.Declared && k.Removed.IsZero() && !wanted[k.ID] {
				if _, err := c.removeIn(ctx, tx, k); err != nil {
					return err
				}
				if err := c.record(ctx, tx, theFile().entry(nightjar.ActionConnectionRemove, k.ID, k.Name, nil)); err != nil {
					return err
				}
				out.Removed = append(out.Removed, k.Name)
			}
		}
		return c.declareIn(ctx, tx, known, fresh, wanted, &out)
	})
	if err != nil {
		return Declared{}, err
	}
	return out, nil
}

// declared brings declarations to connections and refuses two of one tenant or name.
func (c *Connector) declared(declarations []Declaration) ([]Connection, Declared, error) {
	var out Declared
	var fresh []Connection
	byID, byName := make(map[nightjar.TenantID]string), make(map[string]nightjar.TenantID)
	for _, d := range declarations {
		t, err := c.normalised(d.Tenant)
		if err != nil {
			return nil, out, fmt.Errorf("tenant %s: %w", d.Tenant.Name, err)
		}
		kind, err := d.Credential.kind()
		if err != nil {
			return nil, out, fmt.Errorf("tenant %s: %w", t.Name, err)
		}
		if other, taken := byID[t.ID]; taken {
			return nil, out, &nightjar.Error{
				Code: nightjar.CodeConflict, Message: fmt.Sprintf("tenant %s is declared twice: as %s and as %s", t.ID, other, t.Name),
				Hint: "one connection per tenant: two would collect everything twice; remove one of them",
			}
		}
		if other, taken := byName[strings.ToLower(t.Name)]; taken {
			return nil, out, &nightjar.Error{
				Code: nightjar.CodeConflict, Message: fmt.Sprintf("the name %s is declared for %s and for %s", t.Name, other, t.ID), Hint: "give each tenant its own name",
			}
		}
		byID[t.ID], byName[strings.ToLower(t.Name)] = t.Name, t.ID
		in := d.Credential
		conn := Connection{Tenant: t, Declared: true, Credential: Credential{
			Kind: kind, SecretFile: in.SecretFile, CertificateFile: in.CertificateFile,
			PrivateKeyFile: in.PrivateKeyFile, FederatedTokenFile: in.FederatedTokenFile, Expires: in.SecretExpires,
		}}
		m, err := in.read(kind)
		if err != nil {
			m.notices = append(m.notices, err.Error()+" ("+nightjar.HintOf(err)+")")
		}
		if kind == CredentialCertificate {
			conn.Credential.Expires, conn.Credential.Thumbprint = m.expires, m.thumbprint
		}
		for _, n := range m.notices {
			out.Notices = append(out.Notices, "tenant "+t.Name+": "+n)
		}
		fresh = append(fresh, conn)
	}
	return fresh, out, nil
}

func (c *Connector) declareIn(ctx context.Context, tx bun.Tx, known, fresh []Connection, wanted map[nightjar.TenantID]bool, out *Declared) error {
	now := c.clock.Now().Truncate(time.Microsecond)
	var changed []Connection
	for _, f := range fresh {
		f.Created, f.Updated = now, now
		var before *Connection
		for _, k := range known {
			switch {
			case k.ID == f.ID:
				before = &k
				f.Created = k.Created
				if !k.Declared && !strings.EqualFold(k.Name, f.Name) {
					if err := collides(k, f); err != nil {
						return err
					}
				}
			case !wanted[k.ID] && !k.Declared: // declared ones are gone already, or are changed below
				if err := collides(k, f); err != nil {
					return err
				}
			}
		}
		switch {
		case before == nil || !before.Removed.IsZero():
			out.Added = append(out.Added, f.Name)
			e := theFile().entry(nightjar.ActionConnectionAdd, f.ID, f.Name, map[string]string{"credential": string(f.Credential.Kind)})
			if err := c.record(ctx, tx, e); err != nil {
				return err
			}
		case same(*before, f):
			continue
		default:
			out.Changed = append(out.Changed, f.Name)
			e := theFile().entry(nightjar.ActionConnectionEdit, f.ID, f.Name, map[string]string{"changed": strings.Join(differences(*before, f), " ")})
			if err := c.record(ctx, tx, e); err != nil {
				return err
			}
			// Names may be exchanged between tenants: free the old one first.
			parked := *before
			parked.Name = string(before.ID)
			if err := put(ctx, tx, parked, ""); err != nil {
				return err
			}
		}
		changed = append(changed, f)
	}
	for _, f := range changed {
		// The file is the truth from now on: what an earlier tenant add sealed is forgotten.
		if c.vault != nil {
			if err := c.vault.Forget(ctx, tx, f.ID); err != nil {
				return err
			}
		}
		if err := put(ctx, tx, f, ""); err != nil {
			return err
		}
	}
	return nil
}

// theFile is who declares tenants. Who wrote it is not known here.
func theFile() Who {
	return Who{Actor: nightjar.Actor{Name: "configuration", Kind: nightjar.ActorSystem}}
}

// differences names what a declaration changes, for the record. Values stay
// out: which files hold a credential is the machine's business.
func differences(was, is Connection) []string {
	var out []string
	for _, d := range []struct {
		what string
		same bool
	}{
		{"declared", was.Declared},
		{"name", was.Name == is.Name},
		{"cloud", was.Cloud == is.Cloud},
		{"client_id", was.ClientID == is.ClientID},
		{"tag", was.Tag == is.Tag},
		{"start", was.Start.Equal(is.Start)},
		{"feeds", len(was.Feeds)+len(is.Feeds) == 0 || alike(was.Feeds, is.Feeds)},
		{"paused", was.Paused == is.Paused},
		{"credential", alike(was.Credential, is.Credential)},
	} {
		if !d.same {
			out = append(out, d.what)
		}
	}
	return out
}

// same reports whether a declaration says what is stored already.
func same(stored, declared Connection) bool {
	declared.Updated = stored.Updated
	return alike(stored, declared)
}

// alike compares what is stored of two values.
func alike(one, other any) bool {
	a, errA := json.Marshal(one)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}
