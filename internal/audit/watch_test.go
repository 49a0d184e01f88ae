package audit

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	nightjar "github.com/nightjar-sec/nightjar"
)

// board keeps which warnings show.
type board map[nightjar.WarningCode]map[string]string

func (b board) Set(code nightjar.WarningCode, _ nightjar.TenantID, _ string, args map[string]string) {
	b[code] = args
}
func (b board) Clear(code nightjar.WarningCode, _ nightjar.TenantID, _ string) { delete(b, code) }

func TestTamperingRaisesAWarningAndHeadsAreToldElsewhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	shown, out := board{}, &bytes.Buffer{}
	w, err := NewWatch(WatchConfig{Log: b.Log, Warnings: shown, Logger: slog.New(slog.NewTextHandler(out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	b.write(5)
	w.tell(t.Context())
	w.tell(t.Context())
	head, err := b.Head(t.Context())
	if err != nil || strings.Count(out.String(), head.Hash) != 1 {
		t.Errorf("the log says %q of head %v, %v", out, head, err)
	}
	w.Look(t.Context())
	if len(shown) != 0 {
		t.Errorf("a whole log warns: %v", shown)
	}
	// Somebody computes the whole chain anew, with other entries.
	b.sql("DELETE FROM audit_entries")
	b.sql("UPDATE audit_head SET seq = 0, hash = ''")
	b.write(6)
	w.Look(t.Context())
	if args := shown[nightjar.WarnAuditTampered]; args["seq"] != "5" {
		t.Errorf("shown: %v", shown)
	}
	b.sql("DELETE FROM audit_entries WHERE seq = 2")
	w.Look(t.Context())
	if args := shown[nightjar.WarnAuditTampered]; args["seq"] != "2" || !strings.Contains(args["reason"], "missing") {
		t.Errorf("shown: %v", shown)
	}
}

// TestWhatWasCutOffWhileNobodyLookedShowsAtTheStart runs a watch, stops it,
// changes the log as somebody could who holds the file, and starts anew.
func TestWhatWasCutOffWhileNobodyLookedShowsAtTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(b *bundle)
		seq       string // "" for no warning
	}{
		"nothing":               {func(*bundle) {}, ""},
		"a command added to it": {func(b *bundle) { b.write(3) }, ""},
		"its end was cut off":   {cutOff, "4"},
		"all of it is gone":     {func(b *bundle) { b.sql("DELETE FROM audit_entries"); b.sql("UPDATE audit_head SET seq = 0, hash = ''") }, "1"},
		"cut off and written on": {func(b *bundle) {
			cutOff(b)
			for range 3 {
				if err := b.Record(b.t.Context(), entry(nightjar.ActionConnectionRemove)); err != nil {
					b.t.Error(err)
				}
			}
		}, "5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t)
				file := filepath.Join(t.TempDir(), HeadFileName)
				run := func() board {
					t.Helper()
					shown := board{}
					w, err := NewWatch(WatchConfig{Log: b.Log, Warnings: shown, HeadFile: file})
					if err != nil {
						t.Fatal(err)
					}
					ctx, stop := context.WithCancel(t.Context())
					ended := make(chan error, 1)
					go func() { ended <- w.Run(ctx) }()
					synctest.Wait() // it has compared, and sleeps
					stop()
					if err := <-ended; err != nil {
						t.Error(err)
					}
					return shown
				}
				b.write(5)
				if shown := run(); len(shown) != 0 {
					t.Fatalf("a whole log warns: %v", shown)
				}
				before, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				c.meanwhile(b)
				shown := run()
				if args, warned := shown[nightjar.WarnAuditTampered]; warned != (c.seq != "") || args["seq"] != c.seq {
					t.Errorf("shown: %v, want entry %q", shown, c.seq)
				}
				after, err := os.ReadFile(file)
				if err != nil || c.seq != "" && !bytes.Equal(before, after) {
					t.Errorf("the proof was overwritten by %q, %v", after, err)
				}
			})
		})
	}
}

// cutOff removes the last two of five entries, with a head that fits.
func cutOff(b *bundle) {
	b.sql("DELETE FROM audit_entries WHERE seq > 3")
	b.sql("UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_entries WHERE seq = 3)")
}

// TestTheHeadInTheFileFollowsACloserLook writes between a look at the head and
// the walk through the log, as people do while a long log is walked, and has a
// disk fail for a while.
func TestTheHeadInTheFileFollowsACloserLook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	folder := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(folder, HeadFileName)
	w, err := NewWatch(WatchConfig{Log: b.Log, Warnings: board{}, HeadFile: file})
	if err != nil {
		t.Fatal(err)
	}
	holds := func(when string) {
		t.Helper()
		head, err := b.Head(t.Context())
		text, fileErr := os.ReadFile(file)
		if err != nil || fileErr != nil || strings.TrimSpace(string(text)) != head.String() {
			t.Errorf("%s: the file holds %q, the head is %v; %v, %v", when, text, head, err, fileErr)
		}
	}
	b.write(2)
	w.keep(t.Context()) // there is no such folder
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	w.keep(t.Context())
	holds("after the disk failed")
	b.write(3)
	w.Look(t.Context())
	w.keep(t.Context())
	holds("after a closer look")
}

// TestASpoiltHeadIsNotOverwritten cuts the log off and spoils the proof of it.
func TestASpoiltHeadIsNotOverwritten(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(file string) error{
		"another text": func(file string) error { return os.WriteFile(file, []byte("gone"), 0o600) },
		"nothing":      func(file string) error { return os.WriteFile(file, nil, 0o600) },
		"a folder":     func(file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			file := filepath.Join(t.TempDir(), HeadFileName)
			b.write(5)
			before, err := b.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			cutOff(b)
			if err := errors.Join(writeHead(file, before), spoil(file)); err != nil {
				t.Fatal(err)
			}
			shown := board{}
			w, err := NewWatch(WatchConfig{Log: b.Log, Warnings: shown, HeadFile: file})
			if err != nil {
				t.Fatal(err)
			}
			w.recall(t.Context())
			for range 2 {
				w.keep(t.Context())
				w.Look(t.Context())
			}
			if args := shown[nightjar.WarnAuditTampered]; !strings.Contains(args["reason"], HeadFileName) {
				t.Errorf("shown: %v", shown)
			}
			if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), ":") {
				t.Errorf("what was spoilt was overwritten by %s", text)
			}
			// Whoever has looked into it takes the file away.
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			w.keep(t.Context())
			if text, err := os.ReadFile(file); err != nil || len(shown) != 0 {
				t.Errorf("afterwards %v is shown, and the file holds %q, %v", shown, text, err)
			}
		})
	}
}
