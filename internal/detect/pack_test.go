package detect_test

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// Each rule that ships holds what it promises: its tests pass, it says what an
// analyst needs, and it can match what is collected.
func TestTheShippedRulesHoldWhatTheyPromise(t *testing.T) {
	t.Parallel()
	set, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Faults {
		t.Errorf("%s", f)
	}
	lacks, err := detect.Lacks(set)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lacks {
		t.Errorf("%s:%d: %s: %s", l.File, l.Line, l.Title, l.Text)
	}
	for _, info := range set.Infos() {
		if len(info.Tests) == 0 || info.Scheduled != nil { // those that are asked on time run in internal/app
			continue
		}
		t.Run(strings.ReplaceAll(info.Title, " ", "_"), func(t *testing.T) {
			t.Parallel()
			results, err := detect.RunTests(set, info)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if len(r.Failures) > 0 {
					t.Errorf("%s:%d: %s\n\t%s", r.File, r.Line, r.Test, strings.Join(r.Failures, "\n\t"))
				}
			}
		})
	}
}
