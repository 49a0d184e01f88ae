package detect

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
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
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, rulesOf(t, one))
		var log bytes.Buffer
		b.cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError}))
		warned := map[string]bool{}
		b.cfg.Warnings = warnings{warned}
		b.add(event(t, "x", "anna@contoso.com", "203.0.113.7", time.Now(), true))
		s := b.begin()
		back := b.hide()
		b.rules = rulesOf(t, twoRules)
		tries := 0
		var last *warmup
		watch := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(pollEvery) {
				if _, err := s.round(t.Context()); err != nil {
					t.Fatal(err)
				}
				if s.warming != last {
					tries, last = tries+1, s.warming
				}
				synctest.Wait()
			}
		}
		watch(time.Hour)
		if tries < 10 || tries > 40 {
			t.Errorf("%d tries within an hour", tries)
		}
		if !warned["rule_failing 22222222-2222-4222-8222-222222222222"] {
			t.Errorf("warned of %v", warned)
		}
		if n := strings.Count(log.String(), "\n"); n == 0 || n > 3 {
			t.Errorf("%d lines in the log:\n%.2000s", n, log.String())
		}
		back()
		watch(warmLast + time.Minute)
		if s.warming != nil || len(s.engine.machines) != 1 || len(warned) != 0 {
			t.Errorf("when the past can be read the rule is not in force: warned of %v", warned)
		}
	})
}
