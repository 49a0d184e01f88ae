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

func fetch(t *testing.T, url, host string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
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
	if status, body := fetch(t, base+"/api/v1/status", ""); status != 200 || !strings.Contains(body, `"state":"setup"`) {
		t.Errorf("status: %d %s", status, body)
	}
	for path, want := range map[string]int{"/": 200, "/connections": 200, "/livez": 200, "/metrics": 200, "/api/v1/me": 401, "/api/nothing": 404, "/assets/none.js": 404} {
		if status, _ := fetch(t, base+path, ""); status != want {
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
		if status, _ := fetch(t, base+path, ""); status != want {
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
	if status, body := fetch(t, "https://127.0.0.1:"+port+"/api/v1/status", "nightjar.example"); status != 200 {
		t.Errorf("status: %d %s", status, body)
	}
	// A certificate that was renewed is served without a restart.
	before := serial(t, port)
	later := time.Now().Add(time.Minute)
	certificate(t, filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem"))
	if err := os.Chtimes(filepath.Join(s.dir, "cert.pem"), later, later); err != nil {
		t.Fatal(err)
	}
	if after := serial(t, port); after == before {
		t.Error("the old certificate is still served")
	}
	// TLS 1.1 is refused.
	if _, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
}

// serial identifies the certificate that is served.
func serial(t *testing.T, port string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return string(conn.ConnectionState().PeerCertificates[0].Signature)
}

// TestAPageOfAnotherNameReadsNoProbe keeps pages out whose name was rebound to
// this machine: the probes ask for no login and name tenants.
func TestAPageOfAnotherNameReadsNoProbe(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]string{"listen": "127.0.0.1:0"})
	for _, path := range []string{"/metrics", "/healthz?verbose", "/readyz"} {
		if status, body := fetch(t, "http://"+s.address+path, "evil.example"); status != http.StatusForbidden || strings.Contains(body, "nightjar_") {
			t.Errorf("%s under another name answers %d: %.200s", path, status, body)
		}
		if status, _ := fetch(t, "http://"+s.address+path, "localhost:8470"); status != http.StatusOK {
			t.Errorf("%s under localhost answers %d", path, status)
		}
	}
}
