package ruleset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func TestAnImportedExceptionIsHeldToWhatANewOneIs(t *testing.T) {
	t.Parallel()
	b := setup(t, files())
	slip := "exceptions:\n  - {rule: spray, where: {UserIdd: x}, reason: r}"
	ended := "exceptions:\n  - {id: E-000000000001, rule: spray, where: {UserId: x}, reason: r, until: 2020-01-01T00:00:00Z}"
	for text, said := range map[string]string{
		slip:  `line 2: no event of "Spray" has a field "UserIdd"`,
		ended: "line 2: the exception would have ended at 2020-01-01T00:00:00Z",
	} {
		for _, restore := range []bool{false, text == slip} {
			if _, err := b.Plan(read(t, text), ruleset.Import{By: "ada", Restore: restore}); err == nil || !strings.Contains(err.Error(), said) {
				t.Errorf("%s, restored %t: %v", text, restore, err)
			}
		}
	}
	if _, err := b.Plan(read(t, strings.ReplaceAll(slip+ended[len("exceptions:"):], "spray", "gone")), ruleset.Import{By: "ada"}); err != nil {
		t.Errorf("of a rule that is gone: %v", err)
	}
	// A copy of what has ended comes back as it was, and stays.
	former := strings.Replace(slip, "reason: r", "reason: r, until: 2020-01-01T00:00:00Z", 1) + ended[len("exceptions:"):]
	b.take(t, former, ruleset.Import{By: "ada", Restore: true})
	out, err := b.Current().Changes().YAML()
	if err != nil {
		t.Fatal(err)
	}
	if p := b.take(t, string(out), ruleset.Import{By: "bo"}); !p.Empty() || p.Unchanged != 2 {
		t.Errorf("again:\n%s", told(p))
	}
	if _, err := b.Plan(read(t, strings.Replace(string(out), "reason: r", "reason: s", 1)), ruleset.Import{By: "bo"}); err == nil {
		t.Error("an exception that has ended or has a slip is changed and stays so")
	}
	// Names that no schema has are taken, however many and long.
	many := ""
	for n := range 300 {
		many += fmt.Sprintf("%s%d: x, ", strings.Repeat("Zq", 90), n)
	}
	if _, err := b.Plan(read(t, "exceptions: [{rule: spray, where: {"+many+"UserId: x}, reason: r}]"), ruleset.Import{By: "ada"}); err != nil {
		t.Errorf("fields of their own: %v", err)
	}
}
