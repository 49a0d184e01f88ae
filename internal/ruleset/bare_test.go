package ruleset_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// bare is a rule whose test has no shape.
const bare = `title: A file was fetched
id: bare
level: low
logsource: {product: m365, service: audit}
detection:
  s: {Operation: FileDownloaded}
  condition: s
nightjar:
  tests: [{name: found, events: [{Operation: FileDownloaded, UserId: eve@contoso.com, Site: {Url: x, Gone: ~}}], alerts: 1}]
`

func TestAnEventWithoutAShapeIsWhatItSays(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{"r.yml": bare})
	for _, f := range set.Faults {
		t.Fatal(f)
	}
	events, err := set.Info("bare").Tests[0].Events()
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	var got map[string]any
	if err := json.Unmarshal(events[0].Raw, &got); err != nil {
		t.Fatal(err)
	}
	if got["Operation"] != "FileDownloaded" || got["UserId"] != "eve@contoso.com" || got["CreationTime"] != "2026-01-05T09:00:00" || got["Id"] == nil {
		t.Errorf("event %s", events[0].Raw)
	}
}

func TestAValueThatContainsItselfIsRejectedWithItsLine(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{
		"p/good.yml":   bare,
		"p/r.yml":      strings.Replace(bare, "Site: {", "Site: &a {Own: *a, ", 1),
		"p/s.yml":      "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
		"shapes/x.yml": "x: &x {y: *x}\n",
	})
	want := []string{"ours/p/r.yml:9: the value of &a contains itself", "ours/p/s.yml:1: aliases make more than", "ours/shapes/x.yml:1: the value of &x contains itself"}
	if len(set.Faults) != len(want) || set.Info("bare") == nil {
		t.Fatalf("faults %v", set.Faults)
	}
	for i, f := range set.Faults {
		if !strings.HasPrefix(f.String(), want[i]) {
			t.Errorf("fault %q, want %q", f, want[i])
		}
	}
}

func TestAPanicInOneFileIsAFaultOfThatFile(t *testing.T) {
	t.Parallel()
	err := ruleset.Guard(func() { panic("assignment to entry in nil map") })
	if nightjar.CodeOf(err) != nightjar.CodeInternal || !strings.Contains(err.Error(), "assignment to entry in nil map") {
		t.Error(err)
	}
}
