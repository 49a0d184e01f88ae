package sigma_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

func TestEvidenceNamesTheValuesThatMadeARuleMatch(t *testing.T) {
	t.Parallel()
	c := sigma.Parse("r.yml", []byte(head+"  s: {Operation: [Set-Mailbox, New-Mailbox], Parameters.ForwardTo|contains: '@'}\n  o: {UserId: nobody}\n  f: {UserId: admin}\n  condition: (s or o) and not f\n"), nil)
	ual, err := catalogue(t).Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	p := sigma.NewPlain(ual, c.Rules)
	event := func(user string) *sigma.Event {
		e, err := sigma.Decode(fmt.Appendf(nil, `{"Operation":"SET-mailbox","UserId":%q,"Parameters":[{"Name":"ForwardTo","Value":["none","eve@evil.test"]}]}`, user))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	var got []string
	for _, e := range p.Evidence(0, event("joe")) {
		got = append(got, e.Field+"="+e.Value)
	}
	if want := []string{"Operation=SET-mailbox", "Parameters.ForwardTo=eve@evil.test"}; !slices.Equal(got, want) {
		t.Errorf("evidence %q, want %q", got, want)
	}
	if e := p.Evidence(0, event("admin")); e != nil {
		t.Errorf("an event that does not match has evidence: %v", e)
	}
}

func TestAConditionCannotMultiplyARuleWithoutEnd(t *testing.T) {
	t.Parallel()
	var rule strings.Builder
	rule.WriteString(head + "  s:\n    a:\n")
	for i := range 1000 {
		fmt.Fprintf(&rule, "      - x%d\n", i)
	}
	rule.WriteString("  condition: s" + strings.Repeat(" or s", 10_000) + "\n")
	c := sigma.Parse("r.yml", []byte(rule.String()), nil)
	if len(c.Rules) != 0 || len(c.Faults) != 1 || !strings.Contains(c.Faults[0].Err.Message, "more than") {
		t.Errorf("%d rules, faults %v", len(c.Rules), c.Faults)
	}
}
