package correlate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/correlate"
)

// happening is one event of a random history.
type happening struct {
	at    time.Duration
	op    string // a, b, c, or d, which no rule knows
	user  string
	value int
	match []correlate.Match
}

// history makes events in the order of time, many of them at the same second,
// and ends a day later with one that no rule knows.
func (b *bench) history(r *rand.Rand, n int) []happening {
	var list []happening
	at := time.Duration(0)
	for range n {
		at += time.Duration(r.IntN(4)) * time.Minute * time.Duration(r.IntN(2)) * time.Duration(1+r.IntN(3))
		list = append(list, happening{at: at, op: string("abcd"[r.IntN(4)]), user: string("xy"[r.IntN(2)]), value: r.IntN(5)})
	}
	list = append(list, happening{at: at + 24*time.Hour, op: "d", user: "x"})
	for i := range list {
		h := &list[i]
		h.match = b.matches(h.at, h.op, fmt.Sprintf(`"UserId":%q,"Size":%d`, h.user, h.value))
	}
	return list
}

// run gives events to the Correlator and returns all that they lead to.
func (b *bench) run(list []happening) []correlate.Hit {
	var hits []correlate.Hit
	for _, h := range list {
		hits = append(hits, b.Observe(h.match)...)
		hits = append(hits, b.Advance(contoso, start().Add(h.at), time.Time{})...)
	}
	return hits
}

const naiveSpan = 10 * time.Minute

// naive answers for one type by trying all that there is to try.
type naive struct {
	name, correlation string
	// holds says of the events of a window, in order, whether they are enough.
	holds func(window []happening) bool
	whole bool // a finding rests on all of the timespan before its last event, not on the shortest window
}

func ops(window []happening) string {
	var s strings.Builder
	for _, h := range window {
		s.WriteString(h.op)
	}
	return s.String()
}

func values(window []happening) (distinct, sum int) {
	seen := map[int]bool{}
	for _, h := range window {
		seen[h.value] = true
		sum += h.value
	}
	return len(seen), sum
}

// inOrder tries all ways to take events for steps, with events of one time in
// either order.
func inOrder(window []happening, steps string) bool {
	if steps == "" {
		return true
	}
	for i, h := range window {
		if h.op != steps[:1] {
			continue
		}
		rest := slices.DeleteFunc(slices.Concat(window[:i], window[i+1:]), func(other happening) bool { return other.at < h.at })
		if inOrder(rest, steps[1:]) {
			return true
		}
	}
	return false
}

func naives() []naive {
	all := "group-by: [UserId], timespan: 10m"
	return []naive{
		{"count", "{type: event_count, rules: [a, b], " + all + ", condition: {gte: 4}}", func(w []happening) bool { return len(w)-strings.Count(ops(w), "c") >= 4 }, false},
		{"distinct", "{type: value_count, rules: [a, b, c], " + all + ", condition: {field: Size, gt: 3}}", func(w []happening) bool { d, _ := values(w); return d > 3 }, true},
		{"sum", "{type: value_sum, rules: [a, b, c], " + all + ", condition: {field: Size, gte: 11}}", func(w []happening) bool { _, s := values(w); return s >= 11 }, true},
		{"together", "{type: temporal, rules: [a, b, c], " + all + "}", func(w []happening) bool {
			return strings.Contains(ops(w), "a") && strings.Contains(ops(w), "b") && strings.Contains(ops(w), "c")
		}, false},
		{"either", "{type: temporal, rules: [a, b, c], " + all + ", condition: a and (b or c)}", func(w []happening) bool {
			return strings.Contains(ops(w), "a") && strings.ContainsAny(ops(w), "bc")
		}, false},
		{"ordered", "{type: temporal_ordered, rules: [a, b, c], " + all + "}", func(w []happening) bool { return inOrder(w, "abc") }, false},
	}
}

// answer goes through the events of each user and tries all windows that end
// with each.
func (n naive) answer(list []happening) []string {
	var out []string
	for _, user := range []string{"x", "y"} {
		var before []happening
		var covered [][2]time.Duration
		for _, h := range list {
			if h.user != user || h.op == "d" || n.name == "count" && h.op == "c" ||
				slices.ContainsFunc(covered, func(c [2]time.Duration) bool { return c[0] <= h.at && h.at <= c[1] }) {
				continue
			}
			before = append(before, h)
			window := slices.DeleteFunc(slices.Clone(before), func(e happening) bool { return e.at < h.at-naiveSpan })
			if !n.holds(window) {
				continue
			}
			for !n.whole && len(window) > 1 {
				less := slices.DeleteFunc(slices.Clone(window), func(e happening) bool { return e.at == window[0].at })
				if !n.holds(less) {
					break
				}
				window = less
			}
			first := window[0].at
			out = append(out, fmt.Sprintf("%s %s-%s x%d", user, first, h.at, len(window)))
			covered = append(covered, [2]time.Duration{h.at - naiveSpan, first + naiveSpan})
			before = slices.DeleteFunc(before, func(e happening) bool { return e.at >= h.at-naiveSpan })
		}
	}
	slices.Sort(out)
	return out
}

// plainly writes hits as answer does.
func plainly(hits []correlate.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%s %s-%s x%d", strings.Join(h.Key, "+"), h.First.Sub(start()), h.Last.Sub(start()), h.Count))
	}
	slices.Sort(out)
	return out
}

func keysOf(hits []correlate.Hit) []string {
	var keys []string
	for _, h := range hits {
		keys = append(keys, strings.Join(h.Key, "+"))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func TestFindingsAreThoseOfTryingEverything(t *testing.T) {
	t.Parallel()
	for _, n := range naives() {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			found := 0
			b := setup(t, "k: "+n.correlation)
			for seed := range uint64(200) {
				b.start()
				list := b.history(rand.New(rand.NewPCG(seed, 1)), 40)
				got, want := plainly(b.run(list)), n.answer(list)
				if found += len(want); !slices.Equal(got, want) {
					t.Fatalf("seed %d: got\n  %s\nwant\n  %s", seed, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
				}
			}
			if found < 100 {
				t.Errorf("only %d findings were there to be found", found)
			}
		})
	}
}

func TestTheOrderOfArrivalDoesNotChangeWhichKeysFire(t *testing.T) {
	t.Parallel()
	for _, n := range naives() {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			fired := map[int]int{}
			b := setup(t, "k: "+n.correlation)
			for seed := range uint64(300) {
				r := rand.New(rand.NewPCG(seed, 2))
				b.start()
				list := b.history(r, 10)
				want := keysOf(b.run(list))
				fired[len(want)]++
				shuffled := list[:len(list)-1]
				r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
				b.start()
				if got := keysOf(b.run(shuffled)); !slices.Equal(got, want) {
					t.Fatalf("seed %d: %v fire in the order of time, %v in another", seed, want, got)
				}
			}
			if fired[0] < 10 || fired[1] < 10 {
				t.Errorf("the histories say too little: %v", fired)
			}
		})
	}
}

// later are correlations that are decided when time has passed.
func later() []string {
	all := "group-by: [UserId], timespan: 10m"
	return []string{
		"few: {type: event_count, rules: [a, b], " + all + ", condition: {lt: 3}}",
		"mean: {type: value_avg, rules: [a, b, c], " + all + ", condition: {field: Size, gt: 2}}",
		"alone: {type: temporal, rules: [a, b, c], " + all + ", condition: a and b and not c}",
		"unended: {type: temporal_ordered, rules: [a, b, c], " + all + ", condition: a and b and not c}",
	}
}

func TestWhatIsAbsentIsThatOfTryingEverything(t *testing.T) {
	t.Parallel()
	found := 0
	b := setup(t, later()[2])
	for seed := range uint64(300) {
		b.start()
		list := b.history(rand.New(rand.NewPCG(seed, 3)), 40)
		var want []string
		for _, user := range []string{"x", "y"} {
			var own []happening
			for _, h := range list {
				if h.user == user && h.op != "d" {
					own = append(own, h)
				}
			}
			used := map[int]bool{}
			for i, h := range own {
				// The shortest window that ends here and has both.
				first, count := time.Duration(-1), 0
				for k := i; k >= 0 && h.op != "c" && own[k].at >= h.at-naiveSpan; k-- {
					if used[k] || own[k].op == "c" {
						continue
					}
					if count++; first < 0 && own[k].op != h.op {
						first = own[k].at
						break
					}
				}
				if used[i] || first < 0 {
					continue
				}
				ended := slices.ContainsFunc(own, func(e happening) bool {
					return e.op == "c" && e.at >= h.at-naiveSpan && e.at <= first+naiveSpan
				})
				if ended {
					continue
				}
				count = 0
				for k, e := range own {
					if e.op != "c" && !used[k] && e.at >= first && e.at <= h.at {
						count++
					}
				}
				want = append(want, fmt.Sprintf("%s %s-%s x%d", user, first, h.at, count))
				for k, e := range own {
					used[k] = used[k] || e.at >= h.at-naiveSpan && e.at <= first+naiveSpan
				}
			}
		}
		slices.Sort(want)
		found += len(want)
		if got := plainly(b.run(list)); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n  %s\nwant\n  %s", seed, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
	if found < 100 {
		t.Errorf("only %d findings were there to be found", found)
	}
}

func TestASnapshotAtAnyPointChangesNothing(t *testing.T) {
	t.Parallel()
	var all []string
	for _, n := range naives() {
		all = append(all, n.name+": "+n.correlation)
	}
	all = append(all, later()...)
	all = append(all, "chain: {type: temporal_ordered, rules: [count, alone, c], group-by: [UserId], timespan: 1h}",
		"twice: {type: event_count, rules: [alone, mean], group-by: [UserId], timespan: 1h, condition: {gte: 2}}")
	tell := func(hits []correlate.Hit) (list []string) {
		for _, h := range hits {
			list = append(list, fmt.Sprintf("%s %v %v %v %s %v", short([]correlate.Hit{h}), h.Time, h.Events, h.Values, h.Trigger.Ref.ID, h.Trigger.Rule.Label()+string(h.Trigger.Event.AppendJSON(nil))))
		}
		return list
	}
	chained := 0
	b := setup(t, all...)
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 4))
		b.start()
		list := b.history(r, 60)
		want := tell(b.run(list))
		b.start()
		var got []string
		for i := range list {
			if r.IntN(4) == 0 {
				b.restart()
			}
			got = append(got, tell(b.run(list[i:i+1]))...)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n  %s\nwant\n  %s", seed, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
		for _, h := range want {
			if strings.HasPrefix(h, "chain") || strings.HasPrefix(h, "twice") {
				chained++
			}
		}
	}
	if chained < 10 {
		t.Errorf("only %d hits of chains", chained)
	}
}
