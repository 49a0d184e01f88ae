package ruleset_test

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// aliased says much with little: a long text once, and a list of references.
func aliased(text, times int) string {
	return "changes:\n  - {what: parameter, rule: spray, name: users, reason: &a \"" + strings.Repeat("x", text) + "\", value: [*a" + strings.Repeat(",*a", times) + "]}\n"
}

func TestAFileOfChangesIsNoBiggerThanItLooks(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70<<10)
	for name, c := range map[string]struct {
		text, said string
		code       nightjar.Code
	}{
		"references":          {aliased(600<<10, 100_000), "line 2: the file has references", nightjar.CodeInvalid},
		"a lone anchor":       {"changes:\n  - {what: mode, rule: spray, value: &a 'off'}", "line 2: the file has references", nightjar.CodeInvalid},
		"in another place":    {"changes: [{what: mode, rule: &r spray, value: 'off'}]\nexceptions: [{rule: *r, where: {UserId: x}, reason: r}]", "line 1: the file has references", nightjar.CodeInvalid},
		"a key twice":         {"changes: [{what: mode, rule: spray,\n rule: other, value: 'off'}]", "line 2: a key stands twice", nightjar.CodeInvalid},
		"a key very often":    {"changes: {" + strings.Repeat("a: b, ", 60_000) + "}", "more than 1000 keys", nightjar.CodeInvalid},
		"keys in many places": {"changes: [" + strings.Repeat("{"+strings.Repeat("a: b, ", 900)+"},", 60) + "]", "line 1: a key stands twice", nightjar.CodeInvalid},
		"second document":     {"changes: []\n---\na: &a [x]\nb: [*a, *a]", "second document", nightjar.CodeInvalid},
		"a long value":        {"changes:\n\n  - {what: parameter, rule: spray, name: users, value: [" + long + "]}", "line 3: a value has more than 65536 bytes", nightjar.CodeLimit},
		"a long where":        {"exceptions: [{rule: spray, where: {UserId: a, ClientIP: " + long + "}, reason: r}]", "line 1: what an exception takes away has more than 65536 bytes", nightjar.CodeLimit},
		"where in all":        {"exceptions: [{rule: spray, where: {UserId: " + long[:40<<10] + ", ClientIP: " + long[:40<<10] + "}, reason: r}]", "line 1: what an exception takes away", nightjar.CodeLimit},
		"a text with a star":  {"changes: [{what: mode, rule: spray, value: 'off', reason: 'a & b *'}]", "", ""},
	} {
		_, err := ruleset.ReadChanges([]byte(c.text))
		if nightjar.CodeOf(err) != c.code || err != nil && !strings.Contains(err.Error(), c.said) {
			t.Errorf("%s: %.300v", name, err)
		}
	}
}
