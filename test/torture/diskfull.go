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
	"syscall"
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
	w, err := newWorld(ctx, o.small(), build{})
	if err != nil {
		return err
	}
	defer w.close()
	if err := os.MkdirAll(w.data, 0o700); err != nil {
		return err
	}
	if err := mount(ctx, "-t", "tmpfs", "-o", "size=1g", "tmpfs", w.data); err != nil {
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
	pause(ctx, time.Second)
	filler := filepath.Join(w.data, "filler")
	if err := fill(filler, leftFree, w.data); err != nil {
		return err
	}
	full := func() bool { return bytes.Contains(d.out.bytes(), []byte("no space")) && !w.ready(ctx) }
	if err := w.await(ctx, d, 2*time.Minute, "the daemon to run out of space", full); err != nil {
		return err
	}
	held := w.progress()
	pause(ctx, 3*time.Second)
	// Kill it once while the disk is full: recovery must work there too.
	d.kill()
	if d, err = w.serve(); err != nil {
		return err
	}
	defer d.kill()
	pause(ctx, 3*time.Second)

	if err := os.Remove(filler); err != nil {
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
	fmt.Printf("torture: disk full with %s; ready %s after it had space; %s\n", held, resumed.Round(time.Millisecond), v)
	if resumed > resumeWithin {
		return fmt.Errorf("resumed after %s, the mark is %s", resumed, resumeWithin)
	}
	return v.err()
}

// leftFree is what the filler leaves: less than the daemon wants to write.
const leftFree = 3 << 20

// fill takes up the space of a folder's file system but for some bytes.
func fill(path string, leave int64, folder string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(folder, &st); err != nil {
		return fmt.Errorf("ask for the free space: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	chunk := make([]byte, 1<<20)
	for left := int64(st.Bavail)*st.Bsize - leave; left > 0; left -= int64(len(chunk)) {
		if _, err := f.Write(chunk); err != nil {
			break // it is full, which is what this is for
		}
	}
	return f.Close()
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
			return fmt.Errorf("waiting for %s: serve ended by itself (%w):\n%s", what, orExit(d.err), tail(d.out.bytes()))
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
		if is() {
			return nil
		}
	}
	return fmt.Errorf("waited %s for %s in vain:\n%s", patience, what, tail(d.out.bytes()))
}
