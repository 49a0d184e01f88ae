package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// canary is a secret that would be found wherever it leaked to.
const canary = "cAnArY~7f3b.Zq9_secret-value"

// output is a buffer that several goroutines of a command may write to.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// canaryLab is a folder with a simulator and a configuration without tenants.
type canaryLab struct {
	dir, config string
	written     output // all that any command wrote
}

func newCanaryLab(t *testing.T) (*canaryLab, sim.TenantConfig) {
	t.Helper()
	dir := t.TempDir()
	server, err := sim.New(sim.Config{CAFile: filepath.Join(dir, "ca.pem"), Tenants: []sim.TenantConfig{{
		People: 5, EventsPerDay: 50, Secrets: []sim.ClientSecret{{ID: "44444444-2222-3333-4444-555555555555", Value: canary}},
	}}, Scenario: sim.Scenario{ServerError: 0.05, Unauthorized: 0.05, TokenError: 0.3}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the simulator ended: %v", err)
		}
	})
	roots := server.URLs()
	l := &canaryLab{dir: dir, config: filepath.Join(dir, "nightjar.yaml")}
	text := fmt.Sprintf("clouds: {sim: {login: %q, management: %q, graph: %q, ca_file: ca.pem}}\nlisten: 127.0.0.1:0\nlog: {level: debug, format: json}\n",
		roots.Login, roots.Management, roots.Graph)
	if err := os.WriteFile(l.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return l, server.Tenants()[0]
}

// run runs a command line in this process and returns its exit code and output.
func (l *canaryLab) run(ctx context.Context, stdin string, env map[string]string, args ...string) (int, string) {
	var mine output
	w := io.MultiWriter(&mine, &l.written)
	code := Run(ctx, Process{
		Args: append(args, "--config", l.config), Stdin: strings.NewReader(stdin), Stdout: w, Stderr: w,
		Env: func(k string) (string, bool) { v, ok := env[k]; return v, ok },
	})
	return code, mine.String()
}

// TestNoSecretIsWritten collects with a marked secret, at the lowest log level
// and through failing sign-ins, and looks for the secret and for tokens in all
// that was written: files, output, log and metrics.
func TestNoSecretIsWritten(t *testing.T) {
	t.Parallel()
	l, tenant := newCanaryLab(t)
	if code, out := l.run(t.Context(), canary, nil, "tenant", "add", "--name", "lab", "--id", tenant.ID, "--client-id", tenant.ClientID, "--cloud", "sim", "--client-secret-file", "-"); code != 0 {
		t.Fatalf("tenant add: exit code %d\n%s", code, out)
	}
	for _, args := range [][]string{{"tenant", "check", "lab"}, {"collect", "--once", "--json"}, {"secret", "rotate"}, {"tenant", "show", "lab", "--json"}, {"config", "show"}} {
		if code, out := l.run(t.Context(), "", nil, args...); code != 0 {
			t.Fatalf("%v: exit code %d\n%s", args, code, out)
		}
	}
	l.serveAndScrape(t)
	// A wrong secret is where software is most tempted to show it.
	if code, out := l.run(t.Context(), canary+"-wrong", nil, "tenant", "set-credential", "lab", "--client-secret-file", "-"); code != 0 {
		t.Fatalf("tenant set-credential: exit code %d\n%s", code, out)
	}
	if code, out := l.run(t.Context(), "", nil, "tenant", "check", "lab"); code != exitAuth {
		t.Fatalf("a wrong secret: exit code %d, want %d\n%s", code, exitAuth, out)
	}
	looked := 0
	look(t, "what the commands wrote", []byte(l.written.String()))
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked++
		look(t, path, data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 5 {
		t.Errorf("only %d files were looked at: the collection left too little to prove anything", looked)
	}
}

// serveAndScrape runs the daemon until it says that it is ready, reads what it
// serves, and stops it.
func (l *canaryLab) serveAndScrape(t *testing.T) {
	t.Helper()
	folder, err := os.MkdirTemp("", "nj") //nolint:usetesting // a socket's path must be short, and that of TempDir has the test's name in it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	socket := filepath.Join(folder, "notify")
	ready, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ready.Close() }()
	ctx, stop := context.WithCancelCause(t.Context())
	var out string
	ended := make(chan int, 1)
	go func() {
		code, text := l.run(ctx, "", map[string]string{"NOTIFY_SOCKET": socket}, "serve")
		out = text
		ended <- code
	}()
	message := make([]byte, 64)
	n, _, err := ready.ReadFrom(message)
	if err != nil || string(message[:n]) != "READY=1" {
		t.Fatalf("the daemon said %q, %v", message[:n], err)
	}
	address := regexp.MustCompile(`"listen":"([^"]+)"`).FindStringSubmatch(l.written.String())
	if address == nil {
		t.Fatal("the daemon did not log its address")
	}
	for _, path := range []string{"/livez", "/readyz", "/healthz?verbose", "/metrics"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address[1]+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s answered %d, %v: %s", path, answer.StatusCode, err, body)
		}
		look(t, path, body)
	}
	// While the daemon runs, a second writer is refused by name and a reader is not.
	if code, text := l.run(t.Context(), "", nil, "collect", "--once"); code != exitFailed || !strings.Contains(text, fmt.Sprintf("(process %d)", os.Getpid())) {
		t.Errorf("a second collector: exit code %d\n%s", code, text)
	}
	if code, text := l.run(t.Context(), "", nil, "coverage", "--tenant", "lab"); code != 0 {
		t.Errorf("coverage beside the daemon: exit code %d\n%s", code, text)
	}
	stop(&nightjar.Error{Code: nightjar.CodeInterrupted, Message: "interrupted"})
	if code := <-ended; code != 0 {
		t.Errorf("a clean stop ended with exit code %d\n%s", code, out)
	}
}

// token matches the head of any JSON web token.
var token = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20,}`)

// look fails when data holds the secret in one of its usual disguises, or a token.
func look(t *testing.T, where string, data []byte) {
	t.Helper()
	for form, text := range map[string]string{
		"plain": canary, "URL": url.QueryEscape(canary), "base64": base64.StdEncoding.EncodeToString([]byte(canary))[:32],
		"hex": hex.EncodeToString([]byte(canary)),
	} {
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("%s holds the secret (%s)", where, form)
		}
	}
	if token.Match(data) {
		t.Errorf("%s holds a token", where)
	}
}
