package connect

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// impersonate answers for Microsoft's own host names with h, and returns a
// bundle whose connector goes there.
func impersonate(t *testing.T, h http.HandlerFunc) *bundle {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"login.microsoftonline.com", "login.microsoftonline.us", "manage.office.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	b := setup(t)
	ca := b.file("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	b.cfg.Clouds = map[string]nightjar.Cloud{}
	for _, c := range nightjar.Clouds() {
		c.CAFile = ca
		b.cfg.Clouds[c.Name] = c
	}
	b.cfg.HTTP.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	}
	b.c = b.connector()
	b.add(tenant("contoso", contoso, "commercial"), CredentialInput{Secret: secret.New(canary)})
	return b
}

// GCC tenants sign in at the commercial host: without a look at what it says
// of the tenant, the mistake shows only as a tenant that "does not exist".
func TestCheckNamesTheGovernmentCloud(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]string{"GCC": "gcc", "DODCON": "gcchigh", "DOD": "dod"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			b := impersonate(t, func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `{"issuer":"https://login.microsoftonline.com/%s/v2.0","tenant_region_scope":"NA","tenant_region_sub_scope":%q}`, contoso, scope)
			})
			wantCause(t, b, b.check("contoso"), CauseWrongCloud, nightjar.CodeInvalid, StepNetwork, []string{"belongs to the cloud " + want}, "cloud to "+want)
		})
	}
}

// A proxy's login page or a hotel's portal answers every request with success.
func TestCheckRecognisesAForeignAnswer(t *testing.T) {
	t.Parallel()
	b := impersonate(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Please log in</html>") })
	r := b.check("contoso")
	wantCause(t, b, r, CauseNotRecognised, r.Code, StepNetwork, []string{"did not come from Microsoft"}, "proxies")
}
