package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// world is a simulated service as its process is told of it.
type world struct {
	Dir          string // where the configuration for a client goes
	Events       int    // about
	PerBlob      int
	EventsPerDay int
	NoGzip       bool
	Latency      time.Duration
	Quota        int    // requests a minute; negative means none
	Settings     string // YAML that is added to the client's configuration
}

// origin is the service's time at the start: the same content each time.
var origin = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)

const people = 3000

// tally is what a service has been asked for so far.
type tally struct {
	Now       time.Time `json:"now"`
	Blobs     int64     `json:"blobs"`    // requests for content, refused ones included
	Requests  int64     `json:"requests"` // that count against the quota
	Throttled int64     `json:"throttled"`
	Events    int64     `json:"events"` // there are
	Never     int64     `json:"never"`  // events served never
}

// service is a process: it serves the world of args until its input ends, and
// answers each line of it with a tally.
func service(ctx context.Context, args string) error {
	var w world
	if err := json.Unmarshal([]byte(args), &w); err != nil {
		return fmt.Errorf("read the arguments of the service: %w", err)
	}
	tenant := sim.TenantConfig{People: people, EventsPerDay: w.EventsPerDay, EventsPerBlob: w.PerBlob, Subscribed: true}
	var err error
	if tenant.Backlog, err = backlogOf(w); err != nil {
		return err
	}
	server, err := sim.New(sim.Config{
		Seed: 1, CAFile: filepath.Join(w.Dir, "ca.pem"), Clock: sim.AcceleratedClock(origin, 1),
		Scenario: sim.Scenario{Name: "bench", NoGzip: w.NoGzip, Latency: w.Latency, Quota: w.Quota},
		Tenants:  []sim.TenantConfig{tenant},
	})
	if err != nil {
		return fmt.Errorf("make the service: %w", err)
	}
	if err := writeClient(server, w); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.Run(ctx) }()
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := answers.Encode(count(server)); err != nil {
			return fmt.Errorf("answer: %w", err)
		}
	}
	stop()
	return errors.Join(lines.Err(), <-failed)
}

// backlogOf is how far back the content must reach to hold the events.
func backlogOf(w world) (time.Duration, error) {
	g, err := sim.NewGenerator(sim.GeneratorConfig{Seed: 1, People: people, EventsPerDay: w.EventsPerDay})
	if err != nil {
		return 0, fmt.Errorf("make the generator: %w", err)
	}
	return min(origin.Sub(g.Time(g.Index(origin)-uint64(w.Events))), 156*time.Hour), nil
}

// writeClient writes the configuration and what it names.
func writeClient(server *sim.Server, w world) error {
	tenant := server.Tenants()[0]
	secret := filepath.Join(w.Dir, "secret")
	if err := os.WriteFile(secret, []byte(tenant.Secrets[0].Value), 0o600); err != nil {
		return fmt.Errorf("write the secret: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(w.Dir, "nightjar.yaml"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	err = server.WriteClientConfig(f, sim.ClientConfig{
		DataDir: filepath.Join(w.Dir, "data"), SecretFile: func(string) string { return secret },
	})
	_, more := io.WriteString(f, w.Settings)
	return errors.Join(err, more, f.Close(), writeAccount(server, w.Dir))
}

func count(server *sim.Server) tally {
	r := server.Report()
	t := tally{Now: r.Now, Blobs: r.Requests["audit"]}
	for _, name := range []string{"audit", "content", "start", "stop", "list", "notifications"} {
		t.Requests += r.Requests[name]
	}
	t.Throttled = r.Tenants[0].Throttled
	for _, f := range r.Tenants[0].Feeds {
		t.Events += f.Events
		t.Never += f.Never
	}
	return t
}
