package sim

import "testing"

func BenchmarkAppendEvent(b *testing.B) {
	g, err := NewGenerator(GeneratorConfig{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	i := g.Index(monday)
	var buf []byte
	var bytes int64
	for b.Loop() {
		buf = g.AppendEvent(buf[:0], i)
		bytes += int64(len(buf))
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/event")
}
