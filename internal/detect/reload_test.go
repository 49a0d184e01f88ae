package detect

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// settle runs rounds until nothing is to be done, warming up included.
func (b *bench) settle(s *Stream) {
	b.t.Helper()
	for {
		progress, err := s.round(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		if s.warming != nil {
			<-s.warming.done
			continue
		}
		if !progress {
			return
		}
	}
}

func (b *bench) begin() *Stream {
	b.t.Helper()
	s := b.stream()
	if err := s.begin(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.settle(s)
	return s
}

// count says how many findings of the counting rule there are.
func (b *bench) guesses() int {
	return len(slices.DeleteFunc(slices.Collect(maps.Values(b.recorded)), func(f nightjar.Finding) bool { return f.Title != "Guessing" }))
}

// What several correlations rest on is one rule, and says what it finds once.
func TestACorrelationThatOthersRestOnSpeaksOnce(t *testing.T) {
	t.Parallel()
	text := twoRules
	for i, name := range []string{"Guessing goes on", "Guessing never ends"} {
		text += fmt.Sprintf(`---
title: %s
id: 3333333%d-3333-4333-8333-333333333333
level: high
correlation:
  type: event_count
  rules: [22222222-2222-4222-8222-222222222222]
  group-by: [UserId]
  timespan: 1h
  generate: true
  condition: {gte: %d}
nightjar:
  entities: {user: UserId}
  reason: "guessing of {UserId} goes on"
`, name, i, i+2)
	}
	b := setup(t, rulesOf(t, text))
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	for i := range 5 {
		b.add(event(t, fmt.Sprint("f", i), "ada@contoso.com", "192.0.2.1", at.Add(time.Duration(i)*time.Second), true))
	}
	b.begin()
	if got := b.guesses(); got != 1 {
		t.Errorf("guessing is found %d times, not once", got)
	}
}

// A rule that is new knows the past and does not alert on it: three failures
// from before it count towards the fifth, and five from before do not alert.
func TestARuleThatIsNewKnowsThePastAndDoesNotAlertOnIt(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("at a start: ", restart), func(t *testing.T) {
			t.Parallel()
			both := rulesOf(t, twoRules)
			one, _, _ := strings.Cut(twoRules, "---")
			b := setup(t, rulesOf(t, one))
			s := b.begin()
			now := time.Now().Add(-time.Hour).Truncate(time.Second)
			fail := func(user string, n int) {
				b.add(event(t, fmt.Sprint(user, n), user, "203.0.113.7", now.Add(time.Duration(n)*time.Second), true))
			}
			for n := range 3 {
				fail("anna@contoso.com", n)
			}
			for n := range 5 {
				fail("berta@contoso.com", n)
			}
			b.settle(s)
			b.mu.Lock()
			b.rules = both
			b.mu.Unlock()
			if restart {
				if err := s.end(t.Context()); err != nil {
					t.Fatal(err)
				}
				s = b.begin()
			}
			b.settle(s)
			if n := b.guesses(); n != 0 {
				t.Fatalf("a new rule alerted %d times on what happened before it", n)
			}
			fail("anna@contoso.com", 3)
			fail("anna@contoso.com", 4)
			fail("berta@contoso.com", 6)
			b.settle(s)
			if n := b.guesses(); n != 1 || b.recorded[b.order[0]].Count != 5 {
				t.Fatalf("the new rule alerted %d times, want once, on five", n)
			}
		})
	}
}

// What happens while a rule is warmed up is found, also when the process dies
// before it is warm.
func TestWhatHappensWhileARuleIsWarmedUpIsFound(t *testing.T) {
	t.Parallel()
	one, _, _ := strings.Cut(twoRules, "---")
	b := setup(t, rulesOf(t, one))
	s := b.begin()
	now := time.Now().Add(-time.Hour).Truncate(time.Second)
	for n := range 4 {
		b.add(event(t, fmt.Sprint("f", n), "anna@contoso.com", "203.0.113.7", now.Add(time.Duration(n)*time.Second), true))
	}
	b.settle(s)
	b.rules = rulesOf(t, twoRules)
	if err := s.reload(t.Context()); err != nil { // the warming up begins
		t.Fatal(err)
	}
	b.add(event(t, "f4", "anna@contoso.com", "203.0.113.7", now.Add(5*time.Second), true))
	if _, err := s.batch(t.Context()); err != nil { // the stream sees the event, without the rule
		t.Fatal(err)
	}
	if err := s.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.guesses() != 0 {
		t.Fatal("the rule was warm at once: the test says nothing")
	}
	s.abandon() // killed
	b.begin()
	if n := b.guesses(); n != 1 {
		t.Fatalf("found %d, want what happened while the rule was warmed up", n)
	}
}

// A change of one rule leaves the state of the others alone, and what changed
// goes on as it was until it knows what it needs.
func TestAChangeOfOneRuleLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	b := setup(t, rulesOf(t, twoRules))
	s := b.begin()
	before := s.engine.machines[0].state
	b.rules = rulesOf(t, strings.Replace(twoRules, "level: high", "level: critical", 1))
	b.settle(s)
	if s.engine.machines[0].state != before {
		t.Error("a correlation began anew although another rule changed")
	}
	b.rules = rulesOf(t, strings.Replace(twoRules, "gte: 5", "gte: 3", 1))
	if err := s.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.warming == nil || s.engine.machines[0].state != before {
		t.Error("a rule that changed is not in force while its successor is warmed up")
	}
	now := time.Now().Truncate(time.Second)
	for n := range 5 {
		b.add(event(t, fmt.Sprint("b", n), "ben@contoso.com", "203.0.113.8", now.Add(time.Duration(n)*time.Second), true))
	}
	if _, err := s.batch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.warming == nil || b.guesses() != 1 {
		t.Errorf("while its successor is warmed up the rule found %d, want what it always found", b.guesses())
	}
	b.settle(s)
	if len(s.engine.machines) != 1 || s.engine.machines[0].state == before {
		t.Error("the changed rule did not come into force")
	}
	sofar := b.guesses()
	for n := range 3 {
		b.add(event(t, fmt.Sprint("f", n), "anna@contoso.com", "203.0.113.7", now.Add(time.Duration(n)*time.Second), true))
	}
	b.settle(s)
	if n := b.guesses() - sofar; n != 1 {
		t.Errorf("the changed rule found %d, want 1", n)
	}
}

// Two tenants that share one change of a rule, and differ in another, both
// have the rule.
func TestTenantsThatShareAChangeBothHaveTheRule(t *testing.T) {
	t.Parallel()
	text := strings.Replace(twoRules, "gte: 5", "gte: '%most%'", 1) + "  parameters:\n    most: {value: 50, text: failures, source: a test}\n"
	other := nightjar.TenantID("7b1f0b52-8b8e-4a37-9d0c-0f5a2f6f9c12")
	const guessing = "22222222-2222-4222-8222-222222222222"
	changes := ruleset.Changes{Exceptions: []ruleset.Exception{{
		ID: "x", Rule: "11111111-1111-4111-8111-111111111111", Tenants: []nightjar.TenantID{other}, Where: map[string]any{"UserId": "test@contoso.com"},
	}}}
	for _, tenant := range []nightjar.TenantID{contoso, other} {
		changes.Changes = append(changes.Changes, ruleset.Change{What: ruleset.ChangeParameter, Rule: guessing, Name: "most", Tenant: tenant, Value: 3.0})
	}
	set, err := ruleset.Load([]ruleset.Folder{{Name: "test", FS: fstest.MapFS{"pack/rules.yml": {Data: []byte(text)}}}}, ruleset.Options{Changes: changes})
	if err != nil || len(set.Faults) > 0 {
		t.Fatal(err, set.Faults)
	}
	e, err := New(Config{Rules: set})
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []nightjar.TenantID{contoso, other} {
		found := 0
		for n := range 3 {
			one := event(t, fmt.Sprint(tenant, n), "anna@contoso.com", "203.0.113.7", time.Now().Add(time.Duration(n)*time.Second), true)
			one.Tenant = tenant
			found += len(e.Observe(&one))
		}
		if found != 1 {
			t.Errorf("tenant %s: found %d, want 1", tenant, found)
		}
	}
}

// One rule that fails is said, and stops no other.
func TestARuleThatFailsStopsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t, rulesOf(t, twoRules))
	warned := map[string]bool{}
	b.cfg.Warnings = warnings{warned}
	s := b.begin()
	s.engine.machines[0].state = nil // it panics with the next event
	now := time.Now().Truncate(time.Second)
	b.add(event(t, "f", "anna@contoso.com", "203.0.113.7", now, true))
	b.add(event(t, "e", "emergency@contoso.com", "203.0.113.7", now, false))
	b.settle(s)
	if len(b.recorded) != 1 || !warned["rule_failing 22222222-2222-4222-8222-222222222222"] {
		t.Errorf("%d found, warned of %v", len(b.recorded), warned)
	}
	// The next start begins it anew, with what it missed.
	if err := s.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = b.begin()
	for n := range 4 {
		b.add(event(t, fmt.Sprint("g", n), "anna@contoso.com", "203.0.113.7", now.Add(time.Duration(n)*time.Second), true))
	}
	b.settle(s)
	if b.guesses() != 1 {
		t.Errorf("after a start the rule found %d, want 1", b.guesses())
	}
}

type warnings struct{ set map[string]bool }

func (w warnings) Set(code nightjar.WarningCode, _ nightjar.TenantID, source string, _ map[string]string) {
	w.set[strings.TrimSpace(string(code)+" "+source)] = true
}

func (w warnings) Clear(code nightjar.WarningCode, _ nightjar.TenantID, source string) {
	delete(w.set, strings.TrimSpace(string(code)+" "+source))
}

// Findings that cannot be recorded for a while are recorded then, once, and
// people are told meanwhile.
func TestFindingsThatCannotBeRecordedAreNotLost(t *testing.T) {
	t.Parallel()
	b := setup(t, rulesOf(t, twoRules))
	warned := map[string]bool{}
	b.cfg.Warnings = warnings{warned}
	tries := 0
	b.fail = func() error {
		if tries++; tries < 3 {
			return errors.New("the disk is full")
		}
		return nil
	}
	s := b.begin()
	b.add(event(t, "e", "emergency@contoso.com", "203.0.113.7", time.Now(), false))
	b.settle(s)
	if len(b.recorded) != 1 || tries != 3 || b.twice != 0 {
		t.Errorf("%d recorded after %d tries", len(b.recorded), tries)
	}
	if warned["detection_behind"] {
		t.Error("the warning stays after it is over")
	}
	if at := s.reader.Position(); at == s.seq {
		t.Log("the cursor is read anew at a start only")
	}
}

// What happened long before detection began here is for a backtest.
func TestWhatWasStoredLongBeforeDoesNotAlert(t *testing.T) {
	t.Parallel()
	b := setup(t, rulesOf(t, twoRules))
	b.cfg.Clock = clock.Scaled(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 1)
	for i, age := range []int{30, 8, 6, 1} {
		b.add(event(t, fmt.Sprint("e", i), "emergency@contoso.com", "203.0.113.7", time.Date(2026, 11, 20-age, 0, 0, 0, 0, time.UTC), false))
	}
	b.begin()
	if len(b.recorded) != 2 {
		t.Errorf("%d findings count, want those of the last 7 days", len(b.recorded))
	}
	if found := b.backtest(nil); len(found) != 4 {
		t.Errorf("a backtest finds %d, want all 4", len(found))
	}
}

// A rule is new at a start, and warms up for long; then the process is killed.
// What the next start counts from is the commit of the first.
func TestAKillWhileARuleOfAStartWarmsUpLosesNothing(t *testing.T) {
	t.Parallel()
	one, _, _ := strings.Cut(twoRules, "---")
	b := setup(t, rulesOf(t, one))
	s := b.begin()
	now := time.Now().Add(-time.Hour).Truncate(time.Second)
	b.add(event(t, "x", "other@contoso.com", "203.0.113.7", now, false))
	b.settle(s)
	if err := s.end(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.rules = rulesOf(t, twoRules)
	b.mu.Unlock()
	s = b.stream()
	if err := s.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.warming == nil {
		t.Fatal("nothing warms up")
	}
	<-s.warming.done
	s.warming.done = make(chan struct{}) // it takes long
	for n := range 5 {
		b.add(event(t, fmt.Sprint("f", n), "anna@contoso.com", "203.0.113.7", now.Add(time.Duration(n)*time.Second), true))
	}
	for range 20 { // minutes go by
		s.restUntil, s.movedAt = time.Time{}, time.Time{}
		for _, m := range s.engine.machines {
			m.saved.at = time.Time{}
		}
		if _, err := s.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.settle(b.begin()) // killed
	if n := b.guesses(); n != 1 {
		t.Errorf("%d findings, want 1", n)
	}
}
