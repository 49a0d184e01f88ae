package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"nightjar": func() { os.Exit(Main()) }})
}

// TestScripts runs the scripts under testdata/script. A script that has a file
// sim.yaml gets a simulator of that scenario, which serves events.ndjson when
// there is one, and the configuration nightjar.yaml that points at it.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: setupScript,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "finds": finds,
		},
		UpdateScripts: *update,
	})
}

func setupScript(env *testscript.Env) error {
	env.Setenv("HOME", env.WorkDir)
	scenario, err := os.ReadFile(filepath.Join(env.WorkDir, "sim.yaml"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c := sim.Config{CAFile: filepath.Join(env.WorkDir, "sim-ca.pem"), GeoFile: filepath.Join(env.WorkDir, "sim-geo.mmdb"), Seed: 1}
	if c.Scenario, err = sim.ParseScenario(scenario); err != nil {
		return err
	}
	tenant := sim.TenantConfig{People: 5, EventsPerDay: 20}
	if events := filepath.Join(env.WorkDir, "events.ndjson"); fileExists(events) {
		if tenant.Events, err = sim.LoadEvents(events); err != nil {
			return err
		}
		tenant.ID = sim.TenantOf(tenant.Events)
	}
	c.Tenants = []sim.TenantConfig{tenant}
	server, err := sim.New(c)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	env.Defer(func() {
		stop()
		<-ended //nolint:errcheck // the script has said by now whether the simulator served it
	})
	return writeLab(filepath.Join(env.WorkDir, "nightjar.yaml"), "", server)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// exits runs a command and wants an exact exit code: exits 4 nightjar tenant check contoso.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("%s", fmt.Sprintf("exit code %d, want %d", got, want))
	}
}
