package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// failpoint is a named step in the source, compiled in for this mode only.
type failpoint struct{ pkg, name string }

var failpointComment = regexp.MustCompile(`(?m)^\s*// gofail: var (\w+) `)

// failpoints reads the names from the source, so that a new step is tortured
// without anybody listing it here.
func failpoints(repo string) ([]failpoint, error) {
	var found []failpoint
	for _, pkg := range failpointPackages {
		files, err := filepath.Glob(filepath.Join(repo, pkg, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			for _, m := range failpointComment.FindAllStringSubmatch(string(src)+"\n", -1) {
				found = append(found, failpoint{pkg: "github.com/nightjar-sec/nightjar/" + pkg, name: m[1]})
			}
		}
	}
	if len(found) < 10 {
		return nil, fmt.Errorf("only %d failpoints found in %s: has their form changed?", len(found), strings.Join(failpointPackages, ", "))
	}
	return found, nil
}

var failpointPackages = []string{"internal/journal", "internal/collect"}

// failpointRounds holds the process at each step in turn, on its first, second
// and fourth passage, and kills it there.
func failpointRounds(ctx context.Context, o options) error {
	points, err := failpoints(o.repo)
	if err != nil {
		return err
	}
	w, err := newWorld(ctx, o, build{failpoints: true})
	if err != nil {
		return err
	}
	defer w.close()
	var unreached []string
	kills := 0
	for _, p := range points {
		reached := false
		for _, after := range []int{0, 1, 3} {
			hit, err := w.killAt(ctx, p, after)
			if err != nil {
				return fmt.Errorf("failpoint %s: %w", p.name, err)
			}
			if hit {
				reached = true
				kills++
			}
		}
		if !reached {
			unreached = append(unreached, p.name)
		}
	}
	v, err := w.settle(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("torture: %d failpoints, %d kills at them, %s; not reached by serve: %s\n", len(points), kills, v, strings.Join(unreached, ", "))
	if len(unreached) > len(points)/3 {
		return errors.New("too many failpoints were never reached")
	}
	return v.err()
}

// killAt starts serve with the failpoint asleep after some passages, waits
// until the process stands there, and kills it.
func (w *world) killAt(ctx context.Context, p failpoint, after int) (hit bool, err error) {
	term := "sleep(60000)"
	if after > 0 {
		term = fmt.Sprintf("%d*off->%s", after, term)
	}
	control, err := freePort()
	if err != nil {
		return false, err
	}
	d, err := w.start("GOFAIL_FAILPOINTS="+p.pkg+"/"+p.name+"="+term, "GOFAIL_HTTP="+control)
	if err != nil {
		return false, err
	}
	defer d.kill()
	for deadline := time.Now().Add(failpointPatience); time.Now().Before(deadline) && ctx.Err() == nil; pause(ctx, 20*time.Millisecond) {
		if failpointCount(ctx, control, p) > after {
			return true, nil
		}
	}
	return false, ctx.Err()
}

// failpointPatience is how long a step may take to be reached; steps of
// retention or backup never are by serve in so short a life.
const failpointPatience = 6 * time.Second

func failpointCount(ctx context.Context, control string, p failpoint) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+control+"/"+p.pkg+"/"+p.name+"/count", http.NoBody)
	if err != nil {
		return 0
	}
	res, err := http.DefaultClient.Do(req) //nolint:forbidigo // a loopback control port of this harness
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(res.Body, 64))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}
	return n
}
