package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// tenantName is the simulated tenant's name in the configuration.
const tenantName = "contoso"

// build says how the binary under torture is made.
type build struct {
	tags       string
	failpoints bool // rewrite the gofail comments into code, in a copy of the checkout
	// service is what there is to collect, and settings are what the binary's
	// configuration says beside it; nil means manySmallBlobs.
	service  *sim.Config
	settings string
}

// world is a simulated service, a binary, and a data folder.
type world struct {
	dir    string
	data   string
	binary string
	config string
	listen string
	seed   uint64
	keep   bool
	sim    *sim.Server
	stop   context.CancelFunc
	ended  *sync.WaitGroup
	// overrides are environment variables of every command.
	overrides []string
}

// newWorld builds the binary, starts the service and writes the configuration.
func newWorld(ctx context.Context, o options, b build) (*world, error) {
	dir, err := os.MkdirTemp("", "nightjar-torture-")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, data: filepath.Join(dir, "data"), binary: filepath.Join(dir, "nightjar"), seed: o.seed, keep: o.keep, ended: &sync.WaitGroup{}}
	if err := w.setUp(ctx, o, b); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) setUp(ctx context.Context, o options, b build) error {
	if err := w.compile(ctx, o.repo, b); err != nil {
		return err
	}
	if b.service == nil {
		b.service, b.settings = manySmallBlobs(o.rounds)
	}
	c := *b.service
	c.Seed, c.CAFile = w.seed, filepath.Join(w.dir, "ca.pem")
	srv, err := sim.New(c)
	if err != nil {
		return fmt.Errorf("start the simulator: %w", err)
	}
	w.sim = srv
	simCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = stop
	w.ended.Go(func() {
		if err := srv.Run(simCtx); err != nil && simCtx.Err() == nil {
			log.Printf("torture: the simulator failed: %v", err)
		}
	})
	return w.writeConfig(b.settings)
}

// manySmallBlobs is more than the rounds can fetch: each life of the daemon has
// commits to be killed in. The request budget is what spreads the content over
// the rounds; commits follow each other quickly.
func manySmallBlobs(rounds int) (service *sim.Config, settings string) {
	return &sim.Config{
		Scenario: sim.Scenario{Name: "torture", Quota: -1, Shuffle: true, DuplicateItems: 0.05, SameMillisecond: 0.1, Poison: 40, Redeliver: sim.Late{Share: 0.02, Delay: time.Minute}},
		Tenants: []sim.TenantConfig{{
			Name: tenantName, People: 400, EventsPerDay: max(80*rounds, 10_000), Backlog: 156 * time.Hour, EventsPerBlob: 25, Subscribed: true,
		}},
	}, "collect:\n  requests_per_minute: 3000\n  commit_delay: 30ms\n  poll_interval: 1s\njournal:\n  maintain_every: 200ms\n"
}

// compile builds the binary into the world's folder.
func (w *world) compile(ctx context.Context, repo string, b build) error {
	source := repo
	if b.failpoints {
		source = filepath.Join(w.dir, "source")
		if err := copyCheckout(ctx, repo, source); err != nil {
			return err
		}
		enable := append([]string{"tool", "gofail", "enable"}, failpointPackages...)
		if err := goCommand(ctx, source, enable...); err != nil {
			return fmt.Errorf("enable failpoints: %w", err)
		}
	}
	args := []string{"build", "-o", w.binary}
	if b.tags != "" {
		args = append(args, "-tags", b.tags)
	}
	return goCommand(ctx, source, append(args, "./cmd/nightjar")...)
}

func goCommand(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	// A copy of the checkout has no version control to stamp from.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, tail(out))
	}
	return nil
}

// copyCheckout copies the Go source, with what it embeds.
func copyCheckout(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "cp", "-r", "go.mod", "go.sum", "cmd", "internal", "rules", to)
	cmd.Dir = from
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("copy the checkout: %w\n%s", err, out)
	}
	own, err := filepath.Glob(filepath.Join(from, "*.go"))
	if err != nil {
		return err
	}
	for _, file := range own {
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), src, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writeConfig points the binary at the service.
func (w *world) writeConfig(settings string) error {
	secret := filepath.Join(w.dir, "secret")
	tenant := w.sim.Tenants()[0]
	if err := os.WriteFile(secret, []byte(tenant.Secrets[0].Value), 0o600); err != nil {
		return err
	}
	listen, err := freePort()
	if err != nil {
		return err
	}
	w.listen = listen
	w.config = filepath.Join(w.dir, "nightjar.yaml")
	var file bytes.Buffer
	err = w.sim.WriteClientConfig(&file, sim.ClientConfig{DataDir: w.data, SecretFile: func(string) string { return secret }})
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	fmt.Fprintf(&file, "listen: %s\n%s", listen, settings)
	return os.WriteFile(w.config, file.Bytes(), 0o600)
}

// truth returns what a client must hold by now, by event id.
func (w *world) truth() map[string][]byte {
	all := map[string][]byte{}
	for e := range w.sim.Events(w.sim.Tenants()[0].ID) {
		if e.Expected {
			all[e.ID] = bytes.Clone(e.Raw)
		}
	}
	return all
}

// progress says how much was served so far.
func (w *world) progress() string {
	var events, never int64
	for _, f := range w.sim.Report().Tenants[0].Feeds {
		events += f.Events
		never += f.Never
	}
	return fmt.Sprintf("%d of %d events served", events-never, events)
}

// close ends the service and removes the folder.
func (w *world) close() {
	if w.stop != nil {
		w.stop()
		w.ended.Wait()
	}
	if w.keep {
		fmt.Println("torture: kept", w.dir)
		return
	}
	if err := os.RemoveAll(w.dir); err != nil {
		fmt.Println("torture: could not remove", w.dir, err)
	}
}

// freePort returns a loopback address that nothing listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), errors.Join(l.Close())
}
