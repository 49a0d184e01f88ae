package index_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/sigma/index"
)

func ruleOf(title, search string) *sigma.Rule {
	c := sigma.Parse("r.yml", []byte("title: "+title+"\nlogsource: {product: m365}\ndetection:\n  s: "+search+"\n  condition: s\n"), nil)
	if len(c.Rules) != 1 {
		panic(c.Faults[0].String())
	}
	return c.Rules[0]
}

func ualOf(t testing.TB) *sigma.Source {
	t.Helper()
	ual, err := catalogue(t).Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	return ual
}

func TestRulesAreExchangedUnderRunningMatchers(t *testing.T) {
	t.Parallel()
	sources := []*sigma.Source{ualOf(t)}
	sets := []*index.Set{
		index.Compile(sources, []*sigma.Rule{ruleOf("first", "{Operation: x}")}),
		index.Compile(sources, []*sigma.Rule{ruleOf("none", "{Operation: y}"), ruleOf("second", "{Operation|contains: X}")}),
	}
	engine := index.NewEngine(sets[0])
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			m := engine.Matcher()
			for {
				select {
				case <-stop:
					return
				default:
				}
				found, err := m.Match("ual", []byte(`{"Operation":"x"}`))
				if err != nil || len(found) != 1 {
					t.Errorf("found %v, %v", found, err)
					return
				}
				if title := m.Rules()[found[0]].Title; title != "first" && title != "second" {
					t.Errorf("the index of one set was read in another: %s", title)
				}
			}
		})
	}
	for i := range 200 {
		engine.Swap(sets[(i+1)%2])
	}
	close(stop)
	all.Wait()
	engine.Swap(sets[1])
	m := engine.Matcher()
	if found, err := m.Match("ual", []byte(`{"Operation":"x"}`)); err != nil || len(found) != 1 || m.Rules()[found[0]].Title != "second" {
		t.Errorf("after the exchange the old rules are in force: %v, %v", found, err)
	}
}

func TestMatchingTakesNoMemoryFromEventToEvent(t *testing.T) {
	rules := realRules(t)
	events := realEvents(t)[:500]
	m := index.Compile([]*sigma.Source{ualOf(t)}, rules).NewMatcher()
	run := func() {
		for _, raw := range events {
			if _, err := m.Match("ual", raw); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if perRun := testing.AllocsPerRun(3, run); perRun > 5 {
		t.Errorf("%.0f allocations in %d events", perRun, len(events))
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	t.Parallel()
	m := index.Compile([]*sigma.Source{ualOf(t)}, []*sigma.Rule{ruleOf("any", "{'|all': [a, b]}")}).NewMatcher()
	for _, raw := range []string{"", " ", "[]", `"x"`, "1", "{", `{"a"`, `{"a":`, `{"a":"`, `{"a":"b\`, `{"a":[1,`, `{"a":{"b":`, `{"a":1,`, `{"a":}`, `{a:1}`} {
		if _, err := m.Match("ual", []byte(raw)); err == nil {
			t.Errorf("%q is taken for an event", raw)
		}
	}
	if _, err := m.Match("nobody", []byte("{}")); err == nil {
		t.Error("a source that the rules were not compiled for is answered")
	}
}

func TestEventsThatNestWithoutEndAreRefused(t *testing.T) {
	t.Parallel()
	m := index.Compile([]*sigma.Source{ualOf(t)}, []*sigma.Rule{ruleOf("any", "{Operation|contains: x}")}).NewMatcher()
	deep := strings.Repeat("[", 5_000_000)
	if _, err := m.Match("ual", []byte(`{"Operation":`+deep)); err == nil {
		t.Error("five million lists in each other are taken for an event")
	}
	if found, err := m.Match("ual", []byte(`{"Operation":[["x"]]}`)); err != nil || len(found) != 1 {
		t.Errorf("the event after it: %v, %v", found, err)
	}
}

func TestRulesWithoutAWitnessAreAskedOfEveryEvent(t *testing.T) {
	t.Parallel()
	c := sigma.Parse("r.yml", []byte("title: not\nlogsource: {product: m365}\ndetection:\n  f: {Operation: x}\n  condition: not f\n"), nil)
	set := index.Compile([]*sigma.Source{ualOf(t)}, c.Rules)
	if n := set.Stats("ual").Unwitnessed; n != 1 {
		t.Errorf("%d rules are without a witness, want 1", n)
	}
	if found, err := set.NewMatcher().Match("ual", []byte(`{}`)); err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}
