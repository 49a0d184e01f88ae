package api

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// TestALargeExportIsImported sends more than other bodies may have. What is so
// large that reading it would be felt by all is refused before it is read.
func TestALargeExportIsImported(t *testing.T) {
	t.Parallel()
	b := setup(t)
	text := "changes: [{what: mode, rule: " + guessing + ", value: dry_run}]\n"
	comments := func(mib int) string { return strings.Repeat("#"+strings.Repeat(" ", 1022)+"\n", mib<<10) }
	want(t, b.admin, 200, post, changesPath, document(text+comments(3), nil))
	if mode := b.cfg.Rules.Current().Mode(guessing, contoso); mode != ruleset.DryRun {
		t.Errorf("the mode is %s", mode)
	}
	a := want(t, b.admin, 413, post, changesPath, document(text+comments(16), nil))
	if a.code() != "too_large" || !strings.Contains(string(a.body), "16 MiB") || !strings.Contains(string(a.body), "nightjar rule import") {
		t.Errorf("beyond the bound: %.300s", a.body)
	}
	for name, many := range map[string]string{
		"in a line":      "[" + strings.Repeat("a,", 140_000) + "]",
		"in lines":       strings.Repeat("\n  - a", 140_000),
		"in other lines": strings.Repeat("\u0085  -\u00a0", 140_000),
		"in pairs":       "{" + strings.Repeat("a: b, ", 70_000) + "}",
	} {
		a := want(t, b.admin, 413, post, changesPath, document("changes: "+many, nil))
		if !strings.Contains(string(a.body), "131072 parts") || !strings.Contains(string(a.body), "nightjar rule import") {
			t.Errorf("%s: %.300s", name, a.body)
		}
	}
}

// TestOneImportIsReadAtATime has one wait while another is read: until that is
// done, the caller went away, or it took too long.
func TestOneImportIsReadAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Server{imports: newGate(1, 1)}
		read := func(ctx context.Context) (ruleset.Changes, error) {
			c := &call{server: s, w: &answerWriter{ResponseWriter: httptest.NewRecorder()}, ctx: ctx, who: access.Identity{Person: "bea"}}
			return c.readChanges("changes: []")
		}
		leave, err := s.imports.enter(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		gone, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := read(gone)
			ended <- err
		}()
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		cancel()
		if err := <-ended; err == nil || nightjar.CodeOf(err) == nightjar.CodeLimit {
			t.Errorf("of one that is gone: %v", err)
		}
		began := time.Now()
		if _, err := read(t.Context()); nightjar.CodeOf(err) != nightjar.CodeLimit || !strings.Contains(err.Error(), "imports") || time.Since(began) != queueWait {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		go func() {
			_, err := read(t.Context())
			ended <- err
		}()
		synctest.Wait()
		leave()
		if err := <-ended; err != nil {
			t.Errorf("in its turn: %v", err)
		}
	})
}
