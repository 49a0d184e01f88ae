package ruleset

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// stumble is what a reader of rules does wrong.
func stumble(counts map[string]int) { counts["a"]++ }

func TestWhereAFileMadeUsPanicIsLoggedOnceAndNotToldToPeople(t *testing.T) {
	t.Parallel()
	read := &sigma.Collection{}
	read.Reject(sigma.Meta{File: "p/r.yml"}, Guard(func() { stumble(nil) }))
	fault := read.Faults[0]
	if said := fault.String(); strings.Contains(said, "stumble") || len(said) > 150 || fault.Err.Code != nightjar.CodeInternal {
		t.Errorf("people are told %q", said)
	}
	if strings.Contains(fault.Err.Message, "nil map") {
		t.Errorf("the message is %q", fault.Err.Message)
	}
	var log bytes.Buffer
	k := &Keeper{log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 3 {
		k.logPanics(t.Context(), &Set{Faults: read.Faults})
	}
	if text := log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "file=p/r.yml") ||
		!strings.Contains(text, "assignment to entry in nil map") || !strings.Contains(text, "ruleset.stumble") {
		t.Errorf("the log has %s", text)
	}
	// A file that was mended and breaks again is news.
	k.logPanics(t.Context(), &Set{})
	if k.logPanics(t.Context(), &Set{Faults: read.Faults}); strings.Count(log.String(), "level=ERROR") != 2 {
		t.Errorf("the log has %s", log.String())
	}
}
