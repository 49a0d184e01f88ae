package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// resumeWithin is the mark from more space to stored events.
const resumeWithin = 60 * time.Second

// diskFull lets the data folder run out of space under a working daemon, then
// gives it more. Nothing may be lost, and nobody needs to restart anything.
func diskFull(ctx context.Context, o options) error {
	if os.Geteuid() != 0 {
		return errors.New("the mode diskfull mounts a small file system and needs root")
	}
	w, err := newWorld(ctx, o, build{})
	if err != nil {
		return err
	}
	defer w.close()
	if err := os.MkdirAll(w.data, 0o700); err != nil {
		return err
	}
	if err := mount(ctx, "-t", "tmpfs", "-o", "size=24m", "tmpfs", w.data); err != nil {
		return err
	}
	defer func() { _ = exec.Command("umount", "-l", w.data).Run() }()

	d, err := w.serve()
	if err != nil {
		return err
	}
	defer d.kill()
	if _, err := w.awaitReady(ctx, d, time.Now()); err != nil {
		return err
	}
	if err := w.await(ctx, d, 3*time.Minute, "the disk to fill", func() bool { return !w.ready(ctx) }); err != nil {
		return err
	}
	full := w.progress()
	pause(ctx, 3*time.Second)
	// Kill it once while the disk is full: recovery must work there too.
	d.kill()
	if d, err = w.serve(); err != nil {
		return err
	}
	defer d.kill()
	pause(ctx, 3*time.Second)

	if err := mount(ctx, "-o", "remount,size=2g", w.data); err != nil {
		return err
	}
	began := time.Now()
	if err := w.await(ctx, d, 2*resumeWithin, "the daemon to be ready with space again", func() bool { return w.ready(ctx) }); err != nil {
		return err
	}
	resumed := time.Since(began)
	d.kill()
	v, err := w.settle(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("torture: disk full with %s; ready %s after it had space; %s\n", full, resumed.Round(time.Millisecond), v)
	if resumed > resumeWithin {
		return fmt.Errorf("resumed after %s, the mark is %s", resumed, resumeWithin)
	}
	return v.err()
}

func mount(ctx context.Context, args ...string) error {
	if out, err := exec.CommandContext(ctx, "mount", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("mount %v: %w: %s", args, err, out)
	}
	return nil
}

// ready asks /readyz once.
func (w *world) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.listen+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	res, err := (&http.Client{Timeout: 2 * time.Second}).Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// await polls until is holds; the daemon must stay alive meanwhile.
func (w *world) await(ctx context.Context, d *daemon, patience time.Duration, what string, is func() bool) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); pause(ctx, 100*time.Millisecond) {
		select {
		case <-d.done:
			return fmt.Errorf("waiting for %s: serve ended by itself (%w):\n%s", what, orExit(d.err), tail(d.out.Bytes()))
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if is() {
			return nil
		}
	}
	return fmt.Errorf("waited %s for %s in vain:\n%s", patience, what, tail(d.out.Bytes()))
}
