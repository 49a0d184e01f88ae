package detect

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/clock"
)

// hide takes the segments away, as a disk that cannot be read does, and returns
// what brings them back.
func (b *bench) hide() (back func()) {
	b.t.Helper()
	var paths []string
	err := filepath.WalkDir(filepath.Join(b.dir, "journal"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) == 0 {
		b.t.Fatal("no segments to hide", err)
	}
	move := func(from, to string) {
		for _, p := range paths {
			if err := os.Rename(p+from, p+to); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	move("", ".away")
	return func() { move(".away", "") }
}

// A rule that is new cannot read the past. It tries again, less and less often;
// people are told once, and it is in force when the past can be read again.
func TestARuleThatCannotBeWarmedUpIsTriedLessAndLess(t *testing.T) {
	t.Parallel()
	one, _, _ := strings.Cut(twoRules, "---")
	b := setup(t, rulesOf(t, one))
	var log bytes.Buffer
	b.cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))
	warned := map[string]bool{}
	b.cfg.Warnings = warnings{warned}
	b.add(event(t, "x", "anna@contoso.com", "203.0.113.7", time.Now(), true))
	s := b.begin()
	s.wall = clock.Scaled(time.Now(), 1_000_000) // five minutes are soon over
	back := b.hide()
	b.rules = rulesOf(t, twoRules)
	if err := s.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := s.warming.wait
	for n := range 20 {
		<-s.warming.done
		if _, err := s.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := min(max(2*last, retryFirst), warmLast); s.warming.wait != want {
			t.Errorf("before try %d it waits for %s, want %s", n+1, s.warming.wait, want)
		}
		last = s.warming.wait
	}
	if last != warmLast {
		t.Errorf("it waits for %s in the end", last)
	}
	if !warned["rule_failing 22222222-2222-4222-8222-222222222222"] {
		t.Errorf("warned of %v", warned)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 { // of the try, and of the rule
		t.Errorf("%d lines in the log:\n%.2000s", n, log.String())
	}
	back()
	b.settle(s)
	if len(s.engine.machines) != 1 || len(warned) != 0 {
		t.Errorf("when the past can be read the rule is not in force: warned of %v", warned)
	}
}
