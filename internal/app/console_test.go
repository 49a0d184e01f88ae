package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// served is a daemon that runs for a test.
type served struct {
	address string
	console string
	setup   secret.Value
	err     error
	dir     string
}

// trust speaks TLS to the daemon, and takes only the certificate that lies in its folder.
func (s served) trust(t *testing.T) *tls.Config {
	t.Helper()
	certificate, err := os.ReadFile(filepath.Join(s.dir, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(certificate) {
		t.Fatal("the certificate cannot be read")
	}
	return &tls.Config{RootCAs: roots}
}

func serve(t *testing.T, flags map[string]string) served {
	t.Helper()
	dir := t.TempDir()
	all := map[string]string{"data_dir": filepath.Join(dir, "data")}
	for k, v := range flags {
		all[k] = strings.ReplaceAll(v, "DIR", dir)
	}
	if all["tls.cert_file"] != "" {
		certificate(t, all["tls.cert_file"], all["tls.key_file"])
	}
	c, err := config.Load(config.Sources{Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	o := DefaultOptions(c)
	o.WorkerCommand = []string{os.Args[0], "no-such-worker"}
	s := served{dir: dir}
	ready := make(chan string, 1)
	o.Ready = func(address string) { ready <- address }
	console := make(chan served, 1)
	o.Console = func(address string, setup func() (secret.Value, error)) {
		told := served{console: address}
		if setup != nil {
			told.setup, told.err = setup()
		}
		console <- told
	}
	a, err := Open(t.Context(), o, AccessCollect)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case s.address = <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	if a.servesConsole() {
		told := <-console
		s.console, s.setup, s.err = told.console, told.setup, told.err
	}
	return s
}

// certificate writes a pair for 127.0.0.1.
func certificate(t *testing.T, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fetch asks with a Host header of its own, unless host is empty.
func fetch(t *testing.T, url, host string, trust *tls.Config) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestOnLoopbackTheConsoleIsServedAndAsksForASetup(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]string{"listen": "127.0.0.1:0"})
	base := "http://" + s.address
	if s.console != base || s.setup.IsZero() || s.err != nil {
		t.Errorf("told are %s and a token that is there: %t, %v", s.console, !s.setup.IsZero(), s.err)
	}
	if status, body := fetch(t, base+"/api/v1/status", "", nil); status != 200 || !strings.Contains(body, `"state":"setup"`) {
		t.Errorf("status: %d %s", status, body)
	}
	for path, want := range map[string]int{"/": 200, "/connections": 200, "/livez": 200, "/metrics": 200, "/api/v1/me": 401, "/api/nothing": 404, "/assets/none.js": 404} {
		if status, _ := fetch(t, base+path, "", nil); status != want {
			t.Errorf("%s answers %d, want %d", path, status, want)
		}
	}
}

func TestBeyondLoopbackThereIsNoConsoleInTheClear(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]string{"listen": "0.0.0.0:0"})
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	base := "http://127.0.0.1:" + port
	for path, want := range map[string]int{"/livez": 200, "/": 404, "/api/v1/status": 404, "/login": 404} {
		if status, _ := fetch(t, base+path, "", nil); status != want {
			t.Errorf("%s answers %d, want %d", path, status, want)
		}
	}
}

func TestByTLSTheConsoleIsServedAnywhere(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]string{"listen": "0.0.0.0:0", "tls.cert_file": "DIR/cert.pem", "tls.key_file": "DIR/key.pem"})
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, "https://127.0.0.1:"+port+"/api/v1/status", "nightjar.example", s.trust(t)); status != 200 {
		t.Errorf("status: %d %s", status, body)
	}
	// A certificate that was renewed is served without a restart.
	later := time.Now().Add(time.Minute)
	certificate(t, filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem"))
	if err := os.Chtimes(filepath.Join(s.dir, "cert.pem"), later, later); err != nil {
		t.Fatal(err)
	}
	renewed := s.trust(t)
	if status, body := fetch(t, "https://127.0.0.1:"+port+"/api/v1/status", "", renewed); status != 200 {
		t.Errorf("status with the new certificate: %d %s", status, body)
	}
	// TLS 1.1 is refused by the daemon, not by this client.
	renewed.MinVersion, renewed.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err := tls.Dial("tcp", "127.0.0.1:"+port, renewed); err == nil || !strings.Contains(err.Error(), "remote error: tls: protocol version not supported") {
		t.Errorf("TLS 1.1 is answered with %v", err)
	}
}

// TestTheWorldLearnsNoTenantsNames asks the probes as a proxy does, and as
// whoever scrapes metrics does.
func TestTheWorldLearnsNoTenantsNames(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]string{"listen": "127.0.0.1:0", "public_url": "https://nightjar.example.com"})
	for name, c := range map[string]struct {
		host   string
		header string
		named  int // of /metrics and /healthz
	}{
		"by address":                       {s.address, "", http.StatusOK},
		"by a name inside":                 {"collector.internal:8470", "", http.StatusOK},
		"under the public name":            {"nightjar.example.com", "", http.StatusNotFound},
		"under the public name, a port":    {"Nightjar.example.com.:8470", "", http.StatusNotFound},
		"by a proxy that changes the name": {s.address, "X-Forwarded-For", http.StatusNotFound},
		"by a proxy of the standard":       {s.address, "Forwarded", http.StatusNotFound},
	} {
		for path, want := range map[string]int{"/metrics": c.named, "/healthz": c.named, "/livez": http.StatusOK} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			if c.header != "" {
				req.Header.Set(c.header, "for=198.51.100.7")
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if resp.StatusCode != want {
				t.Errorf("%s, %s: %d, want %d", name, path, resp.StatusCode, want)
			}
		}
	}
}
