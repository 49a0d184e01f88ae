package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// binaryVariable names the file that TestMain builds, for every lab.
const binaryVariable = "NIGHTJAR_ACCEPTANCE_BINARY"

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run builds the binary once and runs the tests with it.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "nightjar-acceptance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	binary := filepath.Join(dir, "nightjar")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", binary, "github.com/nightjar-sec/nightjar/cmd/nightjar")
	build.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build nightjar: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv(binaryVariable, binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// tenantName is the simulated tenant's name in the configuration.
const tenantName = "contoso"

// lab is a simulated Microsoft 365, and a folder with the configuration of a
// Nightjar that collects from it. Both share a clock that can run fast and jump.
type lab struct {
	t       *testing.T
	sim     *sim.Server
	clock   *movingClock
	dir     string
	config  string
	options string // more of the configuration file
}

// movingClock is a rehearsal's clock that can be set forward.
type movingClock struct {
	mu  sync.Mutex
	now sim.RehearsalClock
}

// Now implements sim.Clock.
func (c *movingClock) Now() time.Time { return c.shows().Now() }

func (c *movingClock) shows() sim.RehearsalClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *movingClock) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.Epoch = c.now.Epoch.Add(d)
}

// newLab starts a service of one tenant whose time runs speed times as fast as
// the wall's, and writes the configuration. options are YAML.
func newLab(t *testing.T, speed float64, scenario sim.Scenario, tenant sim.TenantConfig, options string) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir(), clock: &movingClock{now: sim.AcceleratedClock(time.Time{}, speed)}, options: options}
	tenant.Name = tenantName
	if tenant.ID == "" {
		tenant.ID = sim.TenantOf(tenant.Events)
	}
	server, err := sim.New(sim.Config{
		Seed: scenario.Seed, Scenario: scenario, Tenants: []sim.TenantConfig{tenant},
		Clock: l.clock, CAFile: filepath.Join(l.dir, "ca.pem"),
	})
	if err != nil {
		t.Fatal(err)
	}
	l.sim = server
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the simulator failed: %v", err)
		}
	})
	secret := server.Tenants()[0].Secrets[0].Value
	if err := os.WriteFile(filepath.Join(l.dir, "secret"), []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	l.config = filepath.Join(l.dir, "nightjar.yaml")
	l.writeConfig()
	return l
}

// writeConfig points the binary at the service and at the clock as it shows now.
func (l *lab) writeConfig() {
	l.t.Helper()
	var file bytes.Buffer
	err := l.sim.WriteClientConfig(&file, sim.ClientConfig{
		DataDir: filepath.Join(l.dir, "data"), SecretFile: func(string) string { return filepath.Join(l.dir, "secret") },
	})
	if err != nil {
		l.t.Fatal(err)
	}
	c := l.clock.shows()
	fmt.Fprintf(&file, "rehearsal:\n  epoch: %s\n  base: %s\n  speed: %g\n%s\n",
		c.Epoch.Format(time.RFC3339Nano), c.Base.UTC().Format(time.RFC3339Nano), c.Speed, l.options)
	if err := os.WriteFile(l.config, file.Bytes(), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// jump sets the clock of both sides forward; nothing may run meanwhile.
func (l *lab) jump(d time.Duration) {
	l.t.Helper()
	l.clock.jump(d)
	l.writeConfig()
}

// command returns a command of the binary, of this lab's configuration.
func (l *lab) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Getenv(binaryVariable), append(args, "--config", l.config)...)
	cmd.Dir = l.dir
	// Microsoft's quota is not what is under test, and would be all the waiting.
	cmd.Env = append(os.Environ(), "NIGHTJAR_COLLECT_REQUESTS_PER_MINUTE=100000")
	return cmd
}

// nightjar runs a command to its end, wants the exit code, and returns what it printed.
func (l *lab) nightjar(exit int, args ...string) []byte {
	l.t.Helper()
	cmd := l.command(l.t.Context(), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	got := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else if err != nil {
		l.t.Fatal(err)
	}
	if got != exit {
		l.t.Fatalf("nightjar %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, exit, tail(out), tail(stderr.Bytes()))
	}
	return out
}

// tail returns the end of an output that may be long.
func tail(b []byte) []byte {
	const enough = 4000
	return b[max(len(b)-enough, 0):]
}

// summary is what a script reads of collect --json.
type summary struct {
	Feeds    []feedSummary `json:"feeds"`
	Complete bool          `json:"complete"`
	Reason   string        `json:"reason"`
}

type feedSummary struct {
	Feed                                                       string
	Listed, Fetched, Stored, Duplicates, Filtered, Refused     int64
	Quarantined, Missing, Expired, Gaps, RefetchGain, Settling int64
	Complete                                                   bool
	Reason                                                     string
}

func (s summary) feed(name string) feedSummary {
	for _, f := range s.Feeds {
		if f.Feed == name {
			return f
		}
	}
	return feedSummary{}
}

func (l *lab) collect(exit int, more ...string) summary {
	l.t.Helper()
	var s summary
	l.decode(l.nightjar(exit, append([]string{"collect", "--once", "--json"}, more...)...), &s)
	return s
}

// coverage is what a script reads of coverage --json.
type coverage struct {
	Feeds []struct {
		Feed       string
		ListedTo   time.Time `json:"listed_to"`
		Total      struct{ Listed, Pending, Done, Quarantined, Lost, Events, Stored, Duplicates, Filtered, Refused int64 }
		Gaps       []gap
		Quarantine []struct {
			ContentID string `json:"content_id"`
			Whole     bool
			Records   int64
			Path      string
		}
	}
}

type gap struct {
	Feed      string
	From, To  time.Time
	Reason    string
	ContentID string `json:"content_id"`
}

// coverage covers all content of the lab, whatever its clock shows.
func (l *lab) coverage() coverage {
	l.t.Helper()
	now := l.clock.Now()
	var c coverage
	l.decode(l.nightjar(0, "coverage", "--tenant", tenantName, "--json",
		"--from", now.AddDate(0, -1, 0).Format(time.RFC3339), "--to", now.AddDate(0, 1, 0).Format(time.RFC3339)), &c)
	return c
}

func (l *lab) decode(data []byte, into any) {
	l.t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		l.t.Fatalf("the output is no JSON: %v\n%s", err, tail(data))
	}
}

// exported returns how often each raw record is in the journal.
func (l *lab) exported() map[string]int {
	l.t.Helper()
	out := l.nightjar(0, "event", "export", "--tenant", tenantName, "--raw")
	stored := make(map[string]int)
	for line := range bytes.Lines(out) {
		stored[string(bytes.TrimSuffix(line, []byte("\n")))]++
	}
	return stored
}

// exact wants the journal to hold what can be had of the service, byte for
// byte, each record once, and nothing else.
func (l *lab) exact() {
	l.t.Helper()
	stored := l.exported()
	want, lost, more := 0, 0, 0
	for e := range l.sim.Events(l.sim.Tenants()[0].ID) {
		n := stored[string(e.Raw)]
		delete(stored, string(e.Raw))
		switch {
		case e.Expected:
			want++
			if n == 0 {
				if lost++; lost <= 5 {
					l.t.Errorf("%s: event %s is lost", e.Feed, e.ID)
				}
			}
			fallthrough
		default:
			if n > 1 || n == 1 && !e.Expected {
				if more++; more <= 5 {
					l.t.Errorf("%s: event %s is stored %d times, expected %v (%s)", e.Feed, e.ID, n, e.Expected, e.Withheld)
				}
			}
		}
	}
	for raw := range stored {
		if more++; more <= 5 {
			l.t.Errorf("stored and never served: %.200s", raw)
		}
	}
	if lost+more > 0 || want == 0 {
		l.t.Errorf("%d events could be had: %d are lost, %d are too many", want, lost, more)
	}
	if report := l.sim.Report(); !report.Complete() {
		var text strings.Builder
		_ = report.WriteText(&text) // into memory
		l.t.Errorf("not everything that could be had was fetched:\n%s", text.String())
	}
}

// realEvents returns the records of a real tenant, or skips the test where
// they cannot be. In CI they must be there.
func realEvents(t *testing.T) [][]byte {
	t.Helper()
	events, err := sim.LoadEvents("../../../shared/data/ual/real-half.ndjson.gz")
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the shared test data is absent: %v", err)
		}
		t.Skipf("the shared test data is absent: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 2671 {
		t.Fatalf("%d records, want 2671", len(events))
	}
	return events
}

// daemon is a running nightjar serve.
type daemon struct {
	cmd *exec.Cmd
	out *bytes.Buffer
}

// serve starts the daemon and waits until it says that it is ready.
func (l *lab) serve() *daemon {
	l.t.Helper()
	listen := freePort(l.t)
	d := &daemon{cmd: l.command(context.Background(), "serve", "--listen", listen), out: &bytes.Buffer{}}
	d.cmd.Stdout, d.cmd.Stderr = io.Discard, d.out
	if err := d.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(d.kill)
	client := &http.Client{Timeout: time.Second}
	tick := time.NewTicker(20 * time.Millisecond) // another process has no signal to wait for
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < 30*time.Second; <-tick.C {
		req, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, "http://"+listen+"/readyz", http.NoBody)
		if err != nil {
			l.t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return d
		}
	}
	l.t.Fatal("serve does not get ready")
	return nil
}

// freePort returns a loopback address that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// kill ends the daemon as a power cut would.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill() // it may have ended
	_ = d.cmd.Wait()         // killed: the error is known
}
