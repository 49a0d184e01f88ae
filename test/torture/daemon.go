package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// readyWithin is the mark for a restart, from exec to the first 200 of /readyz.
const readyWithin = 5 * time.Second

// daemon is one life of the binary, of `nightjar serve` mostly.
type daemon struct {
	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; read it after done
}

// output keeps what a process prints, to be read while it runs.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.buf.Bytes())
}

// serve starts the daemon against the world.
func (w *world) serve() (*daemon, error) {
	return w.start([]string{"serve", "--config", w.config})
}

// start starts a command of the binary.
func (w *world) start(args []string, env ...string) (*daemon, error) {
	cmd := exec.Command(w.binary, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	d := &daemon{cmd: cmd, out: &output{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = d.out, d.out
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", args[0], err)
	}
	go func() {
		d.err = cmd.Wait()
		close(d.done)
	}()
	return d, nil
}

// awaitReady polls /readyz and returns how long it took since began.
func (w *world) awaitReady(ctx context.Context, d *daemon, began time.Time) (time.Duration, error) {
	client := &http.Client{Timeout: time.Second}
	for time.Since(began) < 6*readyWithin {
		select {
		case <-d.done:
			return 0, fmt.Errorf("serve ended by itself (%w):\n%s", orExit(d.err), tail(d.out.bytes()))
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.listen+"/readyz", http.NoBody)
		if err != nil {
			return 0, err
		}
		res, err := client.Do(req)
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return time.Since(began), nil
		}
	}
	return 0, fmt.Errorf("serve was not ready after %s:\n%s", 6*readyWithin, tail(d.out.bytes()))
}

// kill ends the daemon and its query workers at once and waits for the corpse.
func (d *daemon) kill() {
	_ = syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
	<-d.done
}

// command runs a subcommand of the binary to its end; exit codes in allowed are fine.
func (w *world) command(ctx context.Context, allowed []int, args ...string) ([]byte, error) {
	// What the daemon's small budget left over is fetched at full speed.
	return w.commandEnv(ctx, []string{"NIGHTJAR_COLLECT_REQUESTS_PER_MINUTE=1000000"}, allowed, args...)
}

func (w *world) commandEnv(ctx context.Context, env []string, allowed []int, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, w.binary, args...)
	cmd.Env = slices.Concat(os.Environ(), w.overrides, env)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		for _, code := range allowed {
			if exit.ExitCode() == code {
				return out, nil
			}
		}
	}
	if err != nil {
		return out, fmt.Errorf("%s %s: %w\n%s", filepath.Base(w.binary), args[0], err, tail(stderr.Bytes()))
	}
	return out, nil
}

func orExit(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// tail returns the last lines of a process's output.
func tail(b []byte) []byte {
	if len(b) > 2000 {
		b = b[len(b)-2000:]
	}
	return b
}
