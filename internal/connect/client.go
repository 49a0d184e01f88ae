package connect

import (
	"context"
	"fmt"
	"os"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// client is a tenant's client with what it was made of.
type client struct {
	madeOf   string
	budget   *m365.Budget // outlives a change of credential: the quota is the tenant's
	tokens   *m365.TokenSource
	activity *m365.Activity
}

// Activity returns the tenant's client, made once and kept. A change of the
// connection, or of a file that holds its credential, makes a new one on the
// next call; callers therefore ask again for each piece of work.
func (c *Connector) Activity(ctx context.Context, id nightjar.TenantID) (*m365.Activity, error) {
	cl, err := c.client(ctx, id)
	if err != nil {
		return nil, err
	}
	return cl.activity, nil
}

func (c *Connector) client(ctx context.Context, id nightjar.TenantID) (*client, error) {
	conn, certificate, found, err := byID(ctx, c.db, id)
	if err != nil {
		return nil, err
	}
	if !found || !conn.Removed.IsZero() {
		c.drop(id)
		return nil, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("tenant %s is not connected", id), Hint: "nightjar tenant list shows those that are"}
	}
	madeOf := c.fingerprint(conn)
	c.mu.Lock()
	old := c.clients[id]
	c.mu.Unlock()
	if old != nil && old.madeOf == madeOf {
		return old, nil
	}
	m, err := c.material(ctx, conn, certificate)
	if err != nil {
		return nil, fmt.Errorf("read the credential of tenant %s: %w", conn.Name, err)
	}
	fresh, err := c.newClient(conn, m, old)
	if err != nil {
		return nil, fmt.Errorf("connect tenant %s: %w", conn.Name, err)
	}
	fresh.madeOf = madeOf
	c.mu.Lock()
	defer c.mu.Unlock()
	if raced := c.clients[id]; raced != nil && raced.madeOf == madeOf {
		return raced, nil // another caller was first; its token and budget count
	}
	c.clients[id] = fresh
	if old != nil {
		c.log.InfoContext(ctx, "connection renewed", "tenant", string(id), "credential", string(conn.Credential.Kind))
	}
	return fresh, nil
}

func (c *Connector) newClient(conn Connection, m material, old *client) (*client, error) {
	config, err := c.credentialConfig(conn, m)
	if err != nil {
		return nil, err
	}
	tokens, err := m365.NewTokenSource(config)
	if err != nil {
		return nil, err
	}
	cl := &client{tokens: tokens}
	if old != nil {
		cl.budget = old.budget
	} else {
		cl.budget = m365.NewBudget(m365.BudgetConfig{PerMinute: c.cfg.RequestsPerMinute, Clock: c.clock})
	}
	cl.activity, err = m365.NewActivity(m365.ActivityConfig{
		Cloud: config.Cloud, Tenant: conn.ID, Tokens: tokens, HTTP: config.HTTP, PublisherID: c.cfg.PublisherID,
		Budget: cl.budget, Clock: c.clock, Logger: c.log, Metrics: c.cfg.Metrics, OnThrottle: c.cfg.OnThrottle,
		OnRetry: c.cfg.OnRetry,
	})
	return cl, err
}

func (c *Connector) credentialConfig(conn Connection, m material) (m365.CredentialConfig, error) {
	cloud, ok := c.clouds[conn.Cloud]
	if !ok {
		return m365.CredentialConfig{}, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("cloud %.80q of tenant %s is not known", conn.Cloud, conn.Name),
			Hint: "the clouds are " + strings.Join(c.cloudNames(), ", ") + "; others go under clouds in the configuration",
		}
	}
	h, err := c.httpClient(cloud)
	if err != nil {
		return m365.CredentialConfig{}, err
	}
	return m365.CredentialConfig{
		Cloud: cloud, Tenant: conn.ID, ClientID: conn.ClientID, Secret: m.secret, Certificate: m.certificate,
		PrivateKey: m.privateKey, FederatedTokenFile: conn.Credential.FederatedTokenFile, HTTP: h, Clock: c.clock, Metrics: c.cfg.Metrics,
	}, nil
}

// material reads a stored connection's credential: from its files when it is
// declared, else from the vault.
func (c *Connector) material(ctx context.Context, conn Connection, certificate string) (material, error) {
	k := conn.Credential
	if k.Kind == CredentialConsent {
		return c.operatorMaterial(conn)
	}
	if conn.Declared {
		return CredentialInput{
			SecretFile: k.SecretFile, SecretExpires: k.Expires, CertificateFile: k.CertificateFile,
			PrivateKeyFile: k.PrivateKeyFile, FederatedTokenFile: k.FederatedTokenFile,
		}.read(k.Kind)
	}
	m := material{expires: k.Expires, thumbprint: k.Thumbprint}
	if k.Kind == CredentialFederated {
		return m, nil
	}
	if c.vault == nil {
		return m, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "no key file is configured, so no secret can be opened", Hint: "set key_file"}
	}
	var err error
	if k.Kind == CredentialCertificate {
		m.certificate = []byte(certificate)
		m.privateKey, err = c.vault.Open(ctx, conn.ID, sealedKey)
		return m, err
	}
	m.secret, err = c.vault.Open(ctx, conn.ID, sealedSecret)
	return m, err
}

// fingerprint tells whether a client must be made anew: the connection
// changed, or one of its files did.
func (c *Connector) fingerprint(conn Connection) string {
	parts := []string{conn.Cloud, conn.ClientID, conn.Updated.String()}
	var files []string
	switch {
	case conn.Credential.Kind == CredentialConsent:
		files = c.cfg.Consent.files()
	case conn.Declared:
		files = []string{conn.Credential.SecretFile, conn.Credential.CertificateFile, conn.Credential.PrivateKeyFile}
	}
	for _, path := range files {
		if path == "" {
			continue
		}
		// A file that is absent for a moment, as during an exchange, has a mark of its own.
		mark := "absent"
		if info, err := os.Stat(path); err == nil {
			mark = fmt.Sprint(info.ModTime().UnixNano(), info.Size())
		}
		parts = append(parts, path, mark)
	}
	return strings.Join(parts, "\x00")
}

// drop forgets a tenant's client.
func (c *Connector) drop(id nightjar.TenantID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.clients, id)
}
