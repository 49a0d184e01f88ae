package cli

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestHealthAsksByHTTPSAndTrustsTheOwnCertificateAlone(t *testing.T) {
	t.Parallel()
	daemon := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	}))
	t.Cleanup(daemon.Close)
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: daemon.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := ownTLS(file)
	if err != nil {
		t.Fatal(err)
	}
	listen := strings.TrimPrefix(daemon.URL, "https://")
	if status, err := askHealth(t.Context(), listen, own); err != nil || status.Status != "ok" {
		t.Errorf("%+v, %v", status, err)
	}
	other := own.Clone()
	other.RootCAs = nil
	if _, err := askHealth(t.Context(), listen, other); nightjar.CodeOf(err) != nightjar.CodeUnavailable {
		t.Errorf("a certificate that is not the configured one: %v", err)
	}
	if _, err := ownTLS(filepath.Join(t.TempDir(), "none.pem")); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Errorf("no certificate: %v", err)
	}
}
