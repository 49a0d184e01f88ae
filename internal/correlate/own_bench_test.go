package correlate

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkOwnTypes is what a match costs in each type of ours, with 1,000
// users who come from all over the world.
func BenchmarkOwnTypes(b *testing.B) {
	for i := range 4 {
		c, rule := ownDefinitions(b, Config{})
		b.Run(string(c.defs[i].Type), func(b *testing.B) {
			c.targets[rule] = []target{{i, 0}}
			start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
			var matches []Match
			for n := range 20_000 {
				matches = append(matches, roam(b, rule, n, fmt.Sprint("u", n%1000)))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for n := range b.N {
				m := matches[n%len(matches)]
				m.Time = start.Add(time.Duration(n) * time.Second)
				c.Observe([]Match{m})
			}
		})
	}
}
