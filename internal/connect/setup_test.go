package connect

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

const (
	contoso  = nightjar.TenantID("11111111-1111-4111-8111-111111111111")
	fabrikam = nightjar.TenantID("22222222-2222-4222-8222-222222222222")
	app      = "99999999-9999-4999-8999-999999999999"
	canary   = "canary~8fKs3cr3t.value"
	secretID = "33333333-3333-4333-8333-333333333333"
)

type bundle struct {
	t   *testing.T
	dir string
	db  *catalog.DB
	cfg Config
	c   *Connector
	log *syncBuffer
}

// syncBuffer keeps what was logged.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// setup opens a connector that knows the documented clouds and those given.
func setup(t *testing.T, clouds ...nightjar.Cloud) *bundle {
	t.Helper()
	b := &bundle{t: t, dir: t.TempDir(), log: &syncBuffer{}}
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(b.dir, "catalog.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b.db = db
	vault, err := secret.OpenVault(t.Context(), secret.VaultConfig{Catalog: db, KeyFile: filepath.Join(b.dir, "keys", "key"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]nightjar.Cloud{}
	for _, c := range clouds {
		known[c.Name] = c
	}
	if len(clouds) == 0 {
		known = nil
	}
	b.cfg = Config{
		Catalog: db, Vault: vault, Clouds: known, HTTP: m365.HTTPOptions{Proxy: "direct"},
		Logger: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	b.c = b.connector()
	return b
}

func (b *bundle) connector() *Connector {
	b.t.Helper()
	c, err := New(b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bundle) file(name, content string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bundle) add(t nightjar.Tenant, in CredentialInput) Added {
	b.t.Helper()
	a, err := b.c.Add(b.t.Context(), t, in)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bundle) check(ref string) Report {
	b.t.Helper()
	r, err := b.c.Check(b.t.Context(), ref)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func tenant(name string, id nightjar.TenantID, cloud string) nightjar.Tenant {
	return nightjar.Tenant{ID: id, Name: name, ClientID: app, Cloud: cloud}
}

func wantCode(t *testing.T, err error, code nightjar.Code) {
	t.Helper()
	if got := nightjar.CodeOf(err); got != code {
		t.Fatalf("got code %q, want %q; error: %v", got, code, err)
	}
}

// microsoft runs a simulated cloud until the test ends. A tenant without
// secrets, certificates and federations accepts the canary.
func microsoft(t *testing.T, name string, scenario sim.Scenario, tenants ...sim.TenantConfig) nightjar.Cloud {
	t.Helper()
	for i := range tenants {
		tc := &tenants[i]
		tc.People, tc.EventsPerDay = 1, 1
		if tc.ID == "" {
			tc.ID = string(contoso)
		}
		if tc.ClientID == "" {
			tc.ClientID = app
		}
		if len(tc.Secrets)+len(tc.Certificates)+len(tc.Federations) == 0 {
			tc.Secrets = []sim.ClientSecret{{ID: secretID, Value: canary}}
		}
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	s, err := sim.New(sim.Config{Tenants: tenants, Scenario: scenario, CAFile: ca})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	u := s.URLs()
	return nightjar.Cloud{Name: name, Login: u.Login, Management: u.Management, Graph: u.Graph, CAFile: ca}
}

// keyPair makes a self-signed certificate.
func keyPair(t *testing.T, bits int, until time.Time) (cert, key string) {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nightjar"},
		NotBefore: until.Add(-365 * 24 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	pk, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk}))
}
