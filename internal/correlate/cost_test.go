package correlate_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/correlate"
)

// BenchmarkMatch measures what one match costs a correlation that holds a day
// of 10,000 users, an event a second, and never fires.
func BenchmarkMatch(b *testing.B) {
	all := "group-by: [UserId], timespan: 1h"
	for name, c := range map[string]string{
		"count":    "{type: event_count, rules: [a, b], " + all + ", condition: {gte: 100}}",
		"distinct": "{type: value_count, rules: [a, b], " + all + ", condition: {field: ClientIP, gte: 100}}",
		"sum":      "{type: value_sum, rules: [a, b], " + all + ", condition: {field: Size, gte: 100000}}",
		"together": "{type: temporal, rules: [a, b, c], " + all + "}",
		"ordered":  "{type: temporal_ordered, rules: [a, b, c], " + all + "}",
		"absence":  "{type: temporal, rules: [a, b, c], " + all + ", condition: a and c and not b}",
		// All of them from one address: the longest series there is.
		"one_key": "{type: value_count, rules: [a, b], timespan: 1h, condition: {field: ClientIP, gte: 100}}",
	} {
		b.Run(name, func(b *testing.B) {
			s := setup(b, "k: "+c)
			matches := make([][]correlate.Match, 20_000)
			for i := range matches {
				matches[i] = s.matches(0, string("ab"[i%2]), fmt.Sprintf(`"UserId":"user%d@contoso.com","ClientIP":"198.51.100.%d","Size":%d`, i*7919%10_000, i%50, i%7))
			}
			at, n := start(), 0
			next := func() {
				m := matches[n%len(matches)]
				n++
				at = at.Add(time.Second)
				for k := range m {
					m[k].Time, m[k].Ref.Time, m[k].Ref.ID = at, at, "00000000-0000-0000-0000-000000000000"
				}
				s.Observe(m)
			}
			for range 86_400 {
				next()
			}
			b.ReportAllocs()
			for b.Loop() {
				next()
			}
			st := s.Stats()
			var snapshot bytes.Buffer
			if err := s.Snapshot(&snapshot); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(snapshot.Len())/float64(max(st.Held, 1)), "snapshot-B/event")
		})
	}
}
