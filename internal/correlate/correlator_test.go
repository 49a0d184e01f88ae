package correlate_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/correlate"
)

func TestCorrelationsRestOnCorrelations(t *testing.T) {
	t.Parallel()
	// The outer ones stand before the inner one: order does not matter.
	b := setup(t,
		"after: {type: temporal_ordered, rules: [burst, b], group-by: [UserId], timespan: 1h}",
		"own: {type: temporal_ordered, rules: [burst, a], group-by: [UserId], timespan: 1h}",
		"spread: {type: value_count, rules: [burst], timespan: 1h, condition: {field: UserId, gte: 2}}",
		"burst: {type: event_count, rules: [a], group-by: [UserId], timespan: 10m, condition: {gte: 3}}")
	got := b.play(`0m b UserId="x"`, `1m a UserId="x"`, `2m a UserId="x"`, `3m a UserId="x"`, `9m a UserId="x"`, `20m b UserId="y"`, `30m b UserId="X"`,
		`31m a UserId="y"`, `32m a UserId="y"`, `33m a UserId="y"`)
	expect(t, got,
		"3m: burst x 1m0s-3m0s x3", // and not own: the event that completed it does not follow it
		"9m: own x 3m0s-9m0s x2",
		"30m: after x 3m0s-30m0s x2",
		"33m: burst y 31m0s-33m0s x3; spread  3m0s-33m0s x2")
}

func TestWhatRestsOnAnAbsenceIsInTheOrderOfWhatHappened(t *testing.T) {
	t.Parallel()
	b := setup(t,
		"unapproved: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m, condition: a and not b}",
		"used: {type: temporal_ordered, rules: [unapproved, c], group-by: [UserId], timespan: 1h}")
	// That nobody approved is known at 11m; c has happened before that, and follows a.
	expect(t, b.play(`0m c UserId="x"`, `1m a UserId="x"`, `5m c UserId="x"`, `11m c UserId="z"`, `12m c UserId="z"`),
		"12m: unapproved x 1m0s-1m0s x1; used x 1m0s-5m0s x2")
}

func TestAnAbsenceOfAnAbsenceWaitsForBoth(t *testing.T) {
	t.Parallel()
	b := setup(t,
		"alone: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m, condition: a and not b}",
		"unseen: {type: temporal, rules: [c, alone], group-by: [UserId], timespan: 10m, condition: c and not alone}")
	// That x was alone after 5m is known at 15m, when c has long been there.
	expect(t, b.play(`0m c UserId="x"`, `2m c UserId="y"`, `5m a UserId="x"`, `11m a UserId="z"`, `12m c UserId="z"`, `16m d`, `21m d`, `23m d`),
		"16m: alone x 5m0s-5m0s x1", "23m: alone z 11m0s-11m0s x1; unseen y 2m0s-2m0s x1")
}

func TestAliasesLeadToTheFieldOfEachRule(t *testing.T) {
	t.Parallel()
	b := setup(t, "k: {type: temporal, rules: [a, b], group-by: [who], timespan: 10m, aliases: {who: {a: UserId, b: MailboxOwnerUPN}}}")
	expect(t, b.play(`0m a UserId="x" MailboxOwnerUPN="z"`, `1m b UserId="x" MailboxOwnerUPN="y"`, `2m b UserId="y" MailboxOwnerUPN="X"`), "2m: k x 0s-2m0s x2")
}

func TestEventsWithoutAGroupBelongToNone(t *testing.T) {
	t.Parallel()
	b := setup(t, "k: {type: event_count, rules: [a], group-by: [UserId, ClientIP], timespan: 10m, condition: {gte: 2}}")
	expect(t, b.play(`0m a UserId="x"`, `0m a UserId="x" ClientIP=""`, `0m a UserId="x" ClientIP=null`, `1m a UserId=["x","y"] ClientIP="z"`, `1m a UserId="y" ClientIP="z"`),
		"1m: k y+z 1m0s-1m0s x2")
	if s := b.Stats(); s.Ungrouped != 3 || s.Keys != 2 {
		t.Errorf("%+v", s)
	}
}

// An event that matches several rules of a correlation is one event, for each
// of the keys that it has.
func TestAnEventThatMatchesSeveralRulesIsOne(t *testing.T) {
	t.Parallel()
	both := func(b *bench, at time.Duration, users string) string {
		list := b.matches(at, "a", `"UserId":`+users)
		list = append(list, list[0])
		list[1].Rule = b.cfg.Rules[1]
		return short(b.Observe(list))
	}
	b := setup(t, "k: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m}")
	if got := both(b, 0, `["x","y"]`); got != "k x 0s-0s x1; k y 0s-0s x1" {
		t.Errorf("together: %s", got)
	}
	b = setup(t, "k: {type: event_count, rules: [a, b], group-by: [UserId], timespan: 1h, condition: {gte: 3}}",
		"u: {type: baseline, rules: [a, b], group-by: [UserId], condition: {per: 1h, floor: 3, learning: 0d}}")
	var got []string
	for i := range 4 {
		got = append(got, both(b, time.Duration(i)*time.Minute, `"x"`))
	}
	expect(t, got, "", "", "k x 0s-2m0s x3", "u x 0s-3m0s x4")
}

func TestTenantsShareNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, "k: {type: event_count, rules: [a], timespan: 10m, condition: {gte: 2}}", later()[2])
	other := b.matches(0, "a", "")
	other[0].Tenant = "99999999-2222-3333-4444-555555555555"
	expect(t, []string{b.see(0, "a", ""), short(b.Observe(other)), b.see(time.Minute, "a", "")}, "", "", "k  0s-1m0s x2")
}

func TestLateAndFutureEventsAreCountedAndHarmNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, "k: {type: event_count, rules: [a], timespan: 10m, condition: {gte: 2}}")
	expect(t, b.play(`48h a`, `24h a`, `24h1m a`), "24h1m: k  24h0m0s-24h1m0s x2")
	if got := b.see(23*time.Hour, "a", ""); got != "" || b.Stats().Late != 1 {
		t.Errorf("an event that is 25 hours late: %q, %+v", got, b.Stats())
	}
	future := b.matches(100*365*24*time.Hour, "a", "")
	future[0].Ingested = start().Add(48*time.Hour + time.Minute)
	if got := short(b.Observe(future)); got != "k  48h0m0s-48h1m0s x2" || b.Stats().Ahead != 1 {
		t.Errorf("an event from the future counts as of when it was received: %q, %+v", got, b.Stats())
	}
	if got := b.see(72*time.Hour, "a", ""); got != "" || b.Stats().Late != 1 {
		t.Errorf("what comes after it is late: %q, %+v", got, b.Stats())
	}
	for _, at := range []time.Time{{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} { // what does not fit a count of nanoseconds
		odd := b.matches(0, "a", "")
		odd[0].Time = at
		b.Observe(odd)
	}
}

func TestMemoryIsBoundedAndWhatGoesIsCounted(t *testing.T) {
	t.Parallel()
	b := setup(t, "k: {type: event_count, rules: [a], group-by: [UserId], timespan: 10m, condition: {gte: 4}}")
	b.cfg.MaxKeys, b.cfg.MaxEvents, b.cfg.MaxHeld = 10, 5, 20
	b.start()
	for i := range 1000 {
		b.see(time.Duration(i)*time.Second, "a", user(fmt.Sprint("u", i)))
		if s := b.Stats(); s.Keys > 10 || s.Held > 20 {
			t.Fatalf("%+v", s)
		}
	}
	if s := b.Stats(); s.Forgotten != 990 {
		t.Errorf("%+v", s)
	}
	b.see(time.Hour, "a", user("v"))
	for i := range 20 {
		b.see(time.Duration(i+2)*time.Hour, "a", user("v")) // too seldom to fire, in time to stay
	}
	if s := b.Stats(); s.Dropped != 16 || s.Keys > 10 {
		t.Errorf("%+v", s)
	}
	if b.see(200*time.Hour, "a", user("w")); b.Stats().Keys != 1 || b.Stats().Held != 1 {
		t.Errorf("what is older than lateness and timespan is held: %+v", b.Stats())
	}
}

func TestAChangedCorrelationBeginsAnewAndOthersGoOn(t *testing.T) {
	t.Parallel()
	one, two := "one: {type: event_count, rules: [a], timespan: 10m, condition: {gte: 2}}", "two: {type: event_count, rules: [b], timespan: 10m, condition: {gte: 2}}"
	outer := "outer: {type: event_count, rules: [two], timespan: 10m, condition: {gte: 1}}"
	b := setup(t, one, two, outer)
	b.play("0m a", "0m b")
	var snapshot bytes.Buffer
	if err := b.Snapshot(&snapshot); err != nil {
		t.Fatal(err)
	}
	changed := setup(t, "new: {type: temporal, rules: [a, c], timespan: 1h}", strings.Replace(two, "10m", "11m", 1), outer, one)
	c, fresh, err := correlate.Restore(changed.cfg, &snapshot)
	if err != nil || !slices.Equal(fresh, []string{"new", "two", "outer"}) { // what rests on a changed one is changed
		t.Fatalf("%v, fresh %v", err, fresh)
	}
	changed.Correlator = c
	expect(t, changed.play("1m a", "1m b", "2m b"), "1m: one  0s-1m0s x2", "2m: two  1m0s-2m0s x2; outer  2m0s-2m0s x1")
}

// Findings that come in any order, and touch, are one stretch that is covered.
func TestCoveredTimesThatTouchAreOne(t *testing.T) {
	t.Parallel()
	for _, order := range [][]string{{"20m a", "20m a", "0m a", "0m a"}, {"0m a", "0m a", "20m a", "20m a"}} {
		b := setup(t, "k: {type: event_count, rules: [a], timespan: 10m, condition: {gte: 2}}")
		if got := b.play(order...); len(got) != 2 {
			t.Errorf("%v: %v", order, got)
		}
		b.restart()
		expect(t, b.play("10m a", "10m a"))
	}
}

func TestAConditionBeyondReasonIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, "k: {type: event_count, rules: [a], timespan: 10m, condition: {gte: 1000000}}")
	b.cfg.Correlations[0].Bounds[0].Value++
	if _, err := correlate.New(b.cfg); nightjar.CodeOf(err) != nightjar.CodeInvalid || !strings.Contains(err.Error(), "k") {
		t.Errorf("%v", err)
	}
}

// everything is a Correlator with all types and something in each.
func everything(t testing.TB) *bench {
	t.Helper()
	var all []string
	for _, n := range naives() {
		all = append(all, n.name+": "+n.correlation)
	}
	b := setup(t, append(all, later()...)...)
	b.play(`0m a UserId="x" Size=1`, `0m b UserId="x" Size=2`, `1m c UserId="y" Size=3`, `2m b UserId="x" Size=4`, `3m c UserId="x" Size=5`, `4m a UserId="x" Size=9`, `9m b UserId="x"`, `12m a UserId="z"`)
	return b
}

func TestACorruptSnapshotIsAnError(t *testing.T) {
	t.Parallel()
	b := everything(t)
	var good bytes.Buffer
	if err := b.Snapshot(&good); err != nil {
		t.Fatal(err)
	}
	for i := range good.Len() {
		for _, bad := range [][]byte{good.Bytes()[:i], append(bytes.Clone(good.Bytes()[:i]), append([]byte{good.Bytes()[i] ^ 0x41}, good.Bytes()[i+1:]...)...)} {
			if _, _, err := correlate.Restore(b.cfg, bytes.NewReader(bad)); nightjar.CodeOf(err) != nightjar.CodeCorrupt {
				t.Fatalf("cut off or changed at %d: %v", i, err)
			}
		}
	}
}

// FuzzRestore reads snapshots whose checksum is right and whose content is not.
func FuzzRestore(f *testing.F) {
	b := everything(f)
	var good bytes.Buffer
	if err := b.Snapshot(&good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes()[:good.Len()-4])
	event := [][]correlate.Match{b.matches(10*time.Minute, "a", `"UserId":"x","Size":3`), b.matches(5*time.Minute, "b", `"UserId":"x","Size":3`), b.matches(time.Hour, "c", `"UserId":"x","Size":3`)}
	f.Fuzz(func(t *testing.T, body []byte) {
		data := binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
		c, _, err := correlate.Restore(b.cfg, bytes.NewReader(data))
		if err != nil {
			if nightjar.CodeOf(err) != nightjar.CodeCorrupt {
				t.Fatal(err)
			}
			return
		}
		// What was read can be gone on with, and is written so that it reads again.
		for _, e := range event {
			c.Observe(e)
		}
		var again bytes.Buffer
		if err := c.Snapshot(&again); err != nil {
			t.Fatal(err)
		}
		if _, _, err := correlate.Restore(b.cfg, &again); err != nil {
			t.Fatal(err)
		}
	})
}
