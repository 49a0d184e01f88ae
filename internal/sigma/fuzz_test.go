package sigma_test

import (
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// FuzzParse holds that no file makes the parser fall over, that what it
// rejects has a reason, and that what it loads can be bound and asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(head + "  s: {a|contains: [x, 1, null, true]}\n  k: [x, 'y*']\n  condition: 1 of s* and not (k or s)\n"))
	f.Add([]byte(base + "title: c\ncorrelation:\n  type: temporal\n  rules: [rule_a, rule_b]\n  timespan: 1h\n  condition: rule_a or rule_b\n"))
	f.Add([]byte("action: global\ntitle: x\n---\nfilter:\n  rules: any\n  s: {a: 1}\n  condition: s\nlogsource: {service: x}\n"))
	f.Add([]byte("a: &a [*a]\nb: *a\n"))
	f.Add([]byte("title: &x t\nlogsource: *x\ndetection: {s: *x, condition: *x}\n"))
	c, err := sigma.NewCatalogue()
	if err != nil {
		f.Fatal(err)
	}
	event, err := sigma.Decode([]byte(`{"a":[1,{"name":"b","value":null}],"b":"x"}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read := sigma.Parse("f.yml", data, map[string][]string{"p": {"a", "b*"}})
		read.Resolve()
		for _, fault := range read.Faults {
			if fault.Err == nil || fault.Err.Message == "" || fault.Err.Code == "" {
				t.Errorf("a fault without a reason: %+v", fault)
			}
		}
		for _, r := range read.Rules {
			c.Binding(r)
		}
		sigma.NewPlain(c.Everything(), read.Rules).Match(event)
	})
}

// FuzzCondition holds that a condition is either rejected or means something.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{"s", "not s", "1 of s*", "all of them", "(s or t) and not t", "any of *", "s and", "((s))", "NOT not S", "1 of", "of", "s | count()"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, condition string) {
		r := sigma.ParseCondition(condition, []string{"s", "t", "_u"})
		if r == nil {
			return
		}
		tests := 0
		r.Tests(func(*sigma.Test) { tests++ })
		if tests == 0 {
			t.Errorf("condition %q asks nothing", condition)
		}
	})
}
