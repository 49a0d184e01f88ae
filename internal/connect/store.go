package connect

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// row is a row of connect_tenants.
type row struct {
	ID                 string `bun:"id"`
	Name               string `bun:"name"`
	Cloud              string `bun:"cloud"`
	ClientID           string `bun:"client_id"`
	Tag                string `bun:"tag"`
	Start              int64  `bun:"start"`
	Feeds              string `bun:"feeds"`
	Paused             int    `bun:"paused"`
	Declared           int    `bun:"declared"`
	Credential         string `bun:"credential"`
	SecretFile         string `bun:"secret_file"`
	CertificateFile    string `bun:"certificate_file"`
	PrivateKeyFile     string `bun:"private_key_file"`
	FederatedTokenFile string `bun:"federated_token_file"`
	Certificate        string `bun:"certificate"`
	Expires            int64  `bun:"expires"`
	Thumbprint         string `bun:"thumbprint"`
	Created            int64  `bun:"created"`
	Updated            int64  `bun:"updated"`
	Removed            int64  `bun:"removed"`
}

func (r row) connection() (Connection, error) {
	c := Connection{
		Tenant: nightjar.Tenant{
			ID: nightjar.TenantID(r.ID), Name: r.Name, Cloud: r.Cloud, ClientID: r.ClientID, Tag: r.Tag,
			Start: catalog.Time(r.Start), Created: catalog.Time(r.Created), Paused: r.Paused != 0,
		},
		Credential: Credential{
			Kind: CredentialKind(r.Credential), Expires: catalog.Time(r.Expires), Thumbprint: r.Thumbprint,
			SecretFile: r.SecretFile, CertificateFile: r.CertificateFile, PrivateKeyFile: r.PrivateKeyFile, FederatedTokenFile: r.FederatedTokenFile,
		},
		Declared: r.Declared != 0, Updated: catalog.Time(r.Updated), Removed: catalog.Time(r.Removed),
	}
	if err := json.Unmarshal([]byte(r.Feeds), &c.Feeds); err != nil {
		return c, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the feeds of tenant " + r.Name + " cannot be read", Err: err}
	}
	return c, nil
}

// put stores a connection. certificate is the PEM of an added certificate.
func put(ctx context.Context, tx bun.Tx, c Connection, certificate string) error {
	feeds, err := json.Marshal(c.Feeds)
	if err != nil {
		return fmt.Errorf("encode feeds of tenant %s: %w", c.Name, err)
	}
	k := c.Credential
	_, err = tx.NewRaw(sqlPut, c.ID, c.Name, c.Cloud, c.ClientID, c.Tag, catalog.Micros(c.Start), string(feeds), number(c.Paused), number(c.Declared),
		k.Kind, k.SecretFile, k.CertificateFile, k.PrivateKeyFile, k.FederatedTokenFile, certificate, catalog.Micros(k.Expires), k.Thumbprint,
		catalog.Micros(c.Created), catalog.Micros(c.Updated), catalog.Micros(c.Removed)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("store tenant %s: %w", c.Name, err)
	}
	return nil
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// all returns every connection, removed ones too, with their certificates.
func all(ctx context.Context, db bun.IDB) ([]Connection, error) {
	var rows []row
	if err := db.NewRaw(sqlAll).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read tenants: %w", catalog.Translate(err))
	}
	out := make([]Connection, 0, len(rows))
	for _, r := range rows {
		c, err := r.connection()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// byID returns a connection and the PEM of its certificate; found is false
// when the tenant never was connected.
func byID(ctx context.Context, db bun.IDB, id nightjar.TenantID) (c Connection, certificate string, found bool, err error) {
	var r row
	switch err := db.NewRaw(sqlByID, id).Scan(ctx, &r); {
	case errors.Is(err, sql.ErrNoRows):
		return c, "", false, nil
	case err != nil:
		return c, "", false, fmt.Errorf("read tenant %s: %w", id, catalog.Translate(err))
	}
	c, err = r.connection()
	return c, r.Certificate, true, err
}

// List returns the connected tenants by name.
func (c *Connector) List(ctx context.Context) ([]Connection, error) {
	known, err := all(ctx, c.db)
	if err != nil {
		return nil, err
	}
	out := known[:0]
	for _, k := range known {
		if k.Removed.IsZero() {
			out = append(out, k)
		}
	}
	return out, nil
}

// Known returns every tenant that is or once was connected: their events can
// still be asked for.
func (c *Connector) Known(ctx context.Context) ([]Connection, error) { return all(ctx, c.db) }

// Tenants returns the connected tenants for the collector.
func (c *Connector) Tenants(ctx context.Context) ([]nightjar.Tenant, error) {
	list, err := c.List(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]nightjar.Tenant, len(list))
	for i, l := range list {
		out[i] = l.Tenant
	}
	return out, nil
}

// Show finds a connected tenant by its name, in any case, or its id.
func (c *Connector) Show(ctx context.Context, ref string) (Connection, error) {
	list, err := c.List(ctx)
	if err != nil {
		return Connection{}, err
	}
	id, _ := nightjar.ParseTenantID(ref) // a name is not an id, and that is fine
	for _, l := range list {
		if l.ID == id || strings.EqualFold(l.Name, ref) {
			return l, nil
		}
	}
	hint := "connect one first: nightjar tenant add, or tenants in the configuration"
	if len(list) > 0 {
		// Which ones is not for everybody who can ask for one.
		hint = "nightjar tenant list shows those that are"
	}
	return Connection{}, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("no tenant %.80q is connected", ref), Hint: hint}
}
