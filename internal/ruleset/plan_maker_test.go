package ruleset_test

import (
	"net/netip"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func TestWhatIsRestoredSaysWhoMadeItAndWhoImportedIt(t *testing.T) {
	t.Parallel()
	const file = "changes: [{what: mode, rule: spray, value: dry_run, reason: to see, by: ann, time: 2026-01-05T09:00:00Z}]"
	b := setup(t, files())
	plan := b.take(t, file, ruleset.Import{By: "root", Restore: true})
	by := func() string { return b.Current().Changes().Changes[0].By }
	if by() != "ann (imported by root)" {
		t.Errorf("it is %q", by())
	}
	if e := plan.Entries(nightjar.Actor{Name: "root"}, netip.Addr{}); len(e) != 2 || e[1].Detail["by"] != "ann (imported by root)" || e[1].Actor.Name != "root" {
		t.Errorf("on record is %+v", e)
	}
	out, err := b.Current().Changes().YAML()
	if err != nil {
		t.Fatal(err)
	}
	// It goes on to another place, and each says who made it first.
	there := setup(t, files())
	there.take(t, string(out), ruleset.Import{By: "eve", Restore: true})
	if by := there.Current().Changes().Changes[0].By; by != "ann (imported by eve)" {
		t.Errorf("in another place it is %q", by)
	}
	there.take(t, "changes: []", ruleset.Import{By: "eve", Restore: true})
	there.take(t, string(out), ruleset.Import{By: "ann", Restore: true})
	if by := there.Current().Changes().Changes[0].By; by != "ann" {
		t.Errorf("imported by who made it, it is %q", by)
	}
	// Over the API whoever imports made it.
	there.take(t, "changes: []", ruleset.Import{By: "eve"})
	there.take(t, string(out), ruleset.Import{By: "eve"})
	if by := there.Current().Changes().Changes[0].By; by != "eve" {
		t.Errorf("over the API it is %q", by)
	}
}
