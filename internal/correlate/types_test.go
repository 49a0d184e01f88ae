package correlate_test

import (
	"strings"
	"testing"
	"time"
)

// step is one event of a test: "5m a user=x n=3"; "wait" only lets time pass.
func (b *bench) play(steps ...string) []string {
	b.t.Helper()
	var got []string
	for _, s := range steps {
		words := strings.Fields(s)
		at, err := time.ParseDuration(words[0])
		if err != nil {
			b.t.Fatal(err)
		}
		var fields []string
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			fields = append(fields, `"`+name+`":`+value)
		}
		if hit := b.see(at, words[1], strings.Join(fields, ",")); hit != "" {
			got = append(got, words[0]+": "+hit)
		}
	}
	return got
}

func TestEveryTypeHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, correlation string
		steps, want       []string
	}{
		{
			"distinct values, in any case, once each", "k: {type: value_count, rules: [a], group-by: [ClientIP], timespan: 10m, condition: {field: UserId, gt: 2}}",
			[]string{`0m a ClientIP="1.2.3.4" UserId="x"`, `1m a ClientIP="1.2.3.4" UserId="X"`, `2m a ClientIP="1.2.3.4" UserId="y"`, `3m a ClientIP="1.2.3.5" UserId="z"`, `4m a ClientIP="1.2.3.4"`, `5m a ClientIP="1.2.3.4" UserId="z"`},
			[]string{"5m: k 1.2.3.4 0s-5m0s x4"},
		},
		{
			"distinct pairs, of all elements of lists", "k: {type: value_count, rules: [a], timespan: 10m, condition: {field: [UserId, Item], gte: 4}}",
			[]string{`0m a UserId="x" Item=["1","2"]`, `1m a UserId="y" Item="1"`, `2m a UserId="x" Item="1"`, `3m a UserId="y" Item=["1","2"]`},
			[]string{"3m: k  0s-3m0s x4"},
		},
		{
			"a sum, of numbers and of texts", "k: {type: value_sum, rules: [a], group-by: [UserId], timespan: 10m, condition: {field: Size, gte: 100}}",
			[]string{`0m a UserId="x" Size=60`, `11m a UserId="x" Size="39.5"`, `12m a UserId="x" Size="none"`, `13m a UserId="x" Size=60.5`},
			[]string{"13m: k x 11m0s-13m0s x2"},
		},
		{
			"an average, when the window is over", "k: {type: value_avg, rules: [a], group-by: [UserId], timespan: 10m, condition: {field: Size, gt: 10}}",
			[]string{`0m a UserId="x" Size=40`, `1m a UserId="x" Size=2`, `0m a UserId="y" Size=40`, `2m a UserId="y" Size=-20`, `10m b`, `10m1s b`, `20m a UserId="y" Size=11`, `30m b`, `31m b`},
			[]string{"10m1s: k x 0s-1m0s x2", "31m: k y 20m0s-20m0s x1"},
		},
		{
			"a median", "k: {type: value_median, rules: [a], timespan: 10m, condition: {field: Size, eq: 3}}",
			[]string{`0m a Size=1`, `1m a Size=4`, `2m a Size=2`, `3m a Size=900`, `11m b`},
			[]string{"11m: k  0s-3m0s x4"},
		},
		{
			"a percentile, by the nearest rank", "k: {type: value_percentile, rules: [a], timespan: 10m, condition: {field: Size, percentile: 75, gte: 3, lt: 4}}",
			[]string{`0m a Size=1`, `1m a Size=3`, `2m a Size=2`, `3m a Size=900`, `11m b`},
			[]string{"11m: k  0s-3m0s x4"},
		},
		{
			"fewer than so many, when the window is over", "k: {type: event_count, rules: [a], group-by: [UserId], timespan: 10m, condition: {lt: 3}}",
			[]string{`0m a UserId="x"`, `1m a UserId="y"`, `2m a UserId="y"`, `9m a UserId="y"`, `10m a UserId="x"`, `11m b`, `20m a UserId="x"`, `31m b`},
			[]string{"11m: k x 0s-10m0s x2", "31m: k x 20m0s-20m0s x1"},
		},
		{
			"a range of counts", "k: {type: event_count, rules: [a], timespan: 10m, condition: {gt: 1, lte: 2}}",
			[]string{`0m a`, `1m a`, `20m a`, `21m a`, `22m a`, `40m a`, `60m b`},
			[]string{"20m: k  0s-1m0s x2"},
		},
		{
			"any but so many", "k: {type: value_count, rules: [a], timespan: 10m, condition: {field: UserId, neq: 1}}",
			[]string{`0m a UserId="x"`, `1m a UserId="x"`, `20m a UserId="x"`, `21m a UserId="y"`, `40m b`},
			[]string{"40m: k  20m0s-21m0s x2"},
		},
		{
			"rules in any order", "k: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m}",
			[]string{`0m b UserId="x"`, `11m a UserId="x"`, `12m a UserId="y"`, `21m b UserId="x"`, `22m a UserId="x"`},
			[]string{"21m: k x 11m0s-21m0s x2"},
		},
		{
			"rules in their order", "k: {type: temporal_ordered, rules: [a, b, c], group-by: [UserId], timespan: 10m}",
			[]string{`0m b UserId="x"`, `1m a UserId="x"`, `2m c UserId="x"`, `3m b UserId="x"`, `4m a UserId="x"`, `5m c UserId="x"`},
			[]string{"5m: k x 1m0s-5m0s x5"},
		},
		{
			"events of one second are in either order", "k: {type: temporal_ordered, rules: [a, b], timespan: 10m}",
			[]string{`1m b`, `1m a`},
			[]string{"1m: k  1m0s-1m0s x2"},
		},
		{
			"a condition without not, at once", "k: {type: temporal, rules: [a, b, c], timespan: 10m, condition: a and (b or c)}",
			[]string{`0m b`, `1m c`, `5m a`},
			[]string{"5m: k  1m0s-5m0s x2"},
		},
		{
			"what did not follow", "k: {type: temporal, rules: [a, b], group-by: [UserId], timespan: 10m, condition: a and not b}",
			[]string{`0m a UserId="x"`, `1m a UserId="y"`, `9m b UserId="x"`, `11m c`, `11m1s c`, `30m b UserId="z"`, `35m a UserId="z"`, `60m c`},
			[]string{"11m1s: k y 1m0s-1m0s x1"},
		},
		{
			"a sequence that nothing ended", "k: {type: temporal_ordered, rules: [a, b, c], timespan: 10m, condition: a and b and not c}",
			[]string{`0m b`, `1m a`, `20m a`, `21m b`, `22m c`, `50m a`, `55m b`, `60m1s a`, `60m2s a`},
			[]string{"60m1s: k  50m0s-55m0s x2"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			expect(t, setup(t, c.correlation).play(c.steps...), c.want...)
		})
	}
}

// Of a key with very many events values are tallied; what expires counts no more,
// and what is left does.
func TestManyEventsOfFewValuesHideNoOthers(t *testing.T) {
	t.Parallel()
	b := setup(t, "k: {type: value_count, rules: [a], timespan: 10m, condition: {field: UserId, gte: 3}}")
	for i := range 200 {
		if got := b.see(time.Duration(i)*30*time.Second, "a", user(string("pq"[i%2]))); got != "" {
			t.Fatal(got)
		}
	}
	expect(t, b.play(`24h30m a UserId="p"`, `24h31m a UserId="q"`, `24h32m a UserId="r"`), "24h32m: k  24h30m0s-24h32m0s x3")
}
