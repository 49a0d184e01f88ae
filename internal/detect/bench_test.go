package detect

import "testing"

// BenchmarkObserve asks all shipped rules of real records.
func BenchmarkObserve(b *testing.B) {
	events := realEvents(b)
	if len(events) == 0 {
		b.Skip("the real records are not there")
	}
	e, err := New(Config{Rules: shippedRules(b)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		ev := events[i%len(events)]
		ev.Seq = int64(i + 1)
		e.Observe(&ev)
		i++
	}
}
