package ruleset_test

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// TestARuleWhoseFileIsBrokenIsSaidToBeUnreadable: whoever looks at it beside a
// daemon that has its last good version must not be told that it is gone.
func TestARuleWhoseFileIsBrokenIsSaidToBeUnreadable(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	off := func(label string) error {
		return b.Change(t.Context(), "ada", ruleset.Change{What: ruleset.ChangeMode, Rule: label, Value: "off"})
	}
	if err := off("gone"); nightjar.HintOf(err) != "nightjar rule list shows them" || b.Current().Unread() {
		t.Errorf("while all can be read: %v (%s)", err, nightjar.HintOf(err))
	}
	for name, text := range map[string]string{
		"no YAML":        strings.Replace(spray, "detection:", "detection: {", 1),
		"one rule of it": strings.Replace(spray, "gte: '%users%'", "gtee: '%users%'", 1),
	} {
		b.write(t, "signins/spray.yml", text)
		b.open(t)
		_, excepted := b.Except(t.Context(), ruleset.Exception{Rule: "spray", Where: map[string]any{"UserId": "x"}, Reason: "r"})
		for what, err := range map[string]error{"a mode": off("spray"), "an exception": excepted} {
			if nightjar.CodeOf(err) != nightjar.CodeNotFound || !strings.Contains(err.Error(), `the rule "spray" cannot be read at present: `) || !strings.Contains(err.Error(), "signins/spray.yml:") || !strings.Contains(nightjar.HintOf(err), "mend ") {
				t.Errorf("%s, %s: %v (%s)", name, what, err, nightjar.HintOf(err))
			}
		}
		if err := off("gone"); !strings.Contains(err.Error(), `there is no rule "gone"`) || !strings.Contains(nightjar.HintOf(err), "signins/spray.yml:") || !b.Current().Unread() {
			t.Errorf("%s, another: %v (%s)", name, err, nightjar.HintOf(err))
		}
	}
}

// Whoever reads that an exception is of a rule that is gone takes it back.
func TestWhatWasChangedOfARuleThatCannotBeReadIsNotOfOneThatIsGone(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	if err := b.Change(t.Context(), "ada", ruleset.Change{What: ruleset.ChangeMode, Rule: "spray", Value: "off"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Except(t.Context(), ruleset.Exception{Rule: "spray", Where: map[string]any{"UserId": "x"}, Reason: "r"}); err != nil {
		t.Fatal(err)
	}
	b.write(t, "signins/spray.yml", strings.Replace(spray, "detection:", "detection: {", 1))
	b.open(t)
	told := 0
	for _, f := range b.Current().Faults {
		if f.Warning && strings.Contains(f.String(), "does nothing: ") {
			told++
			if !strings.Contains(f.String(), `the rule "spray" cannot be read at present: `) {
				t.Errorf("said is %v", f)
			}
		}
	}
	if told != 2 {
		t.Errorf("%d warnings, want those of the mode and the exception", told)
	}
}
