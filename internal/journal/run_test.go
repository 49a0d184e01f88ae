package journal

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func TestARoundTellsOfAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	var told []error
	j := setup(t, func(c *Config) {
		c.Damaged = func(tenant nightjar.TenantID, err error) {
			if tenant == testTenant {
				told = append(told, err)
			}
		}
	})
	g := newGenerator(11)
	for range 40 { // enough small files of one day for a merge
		add(t, j, g.events(20, testDay, time.Hour))
	}
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(j.Path(segs[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(j.Path(segs[0]), segs[0].Bytes/2); err != nil {
		t.Fatal(err)
	}
	if err := j.round(t.Context()); nightjar.CodeOf(err) != nightjar.CodeCorrupt {
		t.Errorf("the round with a damaged file: %v", err)
	}
	if err := os.WriteFile(j.Path(segs[0]), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := j.round(t.Context()); err != nil {
		t.Errorf("the round after the repair: %v", err)
	}
	if len(told) != 2 || told[0] == nil || !strings.Contains(told[0].Error(), segs[0].Path) || told[1] != nil {
		t.Errorf("told %v", told)
	}
}
