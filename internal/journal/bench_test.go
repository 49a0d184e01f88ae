package journal

import (
	"fmt"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/nightjar-sec/nightjar"
)

// BenchmarkAppend measures normalised events to a durable segment.
func BenchmarkAppend(b *testing.B) {
	const n = 5000
	g := newGenerator(1)
	events := g.events(n, testDay, time.Hour)
	raw := 0
	for i := range events {
		raw += len(events[i].Raw)
	}
	j := setup(b)
	round := 0
	for b.Loop() {
		b.StopTimer()
		round++
		for i := range events {
			events[i].ID = g.guid()
		}
		b.StartTimer()
		add(b, j, events)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
	segs, err := j.Segments(b.Context(), SegmentFilter{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(segs[0].Bytes)/n, "B/event")
	b.ReportMetric(float64(raw)/n, "rawB/event")
}

// BenchmarkSegmentLevels shows size against time for the two kinds of segment.
func BenchmarkSegmentLevels(b *testing.B) {
	const n = 20000
	events := newGenerator(1).events(n, testDay, 24*time.Hour)
	for _, level := range []zstd.Level{zstd.SpeedFastest, zstd.SpeedDefault, zstd.SpeedBetterCompression, zstd.SpeedBestCompression} {
		b.Run(fmt.Sprint(level), func(b *testing.B) {
			j := setup(b)
			w := newSegmentWriter(level, defaultRowGroupRows, j.metrics, nil)
			ptrs := make([]*nightjar.Event, n)
			for i := range events {
				ptrs[i] = &events[i]
			}
			var seg nightjar.Segment
			for b.Loop() {
				path, tokens, err := j.reserve(testTenant, "fresh", "x")
				if err != nil {
					b.Fatal(err)
				}
				if seg, err = j.prepare(w, testTenant, path, tokens, ptrs); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
			b.ReportMetric(float64(seg.Bytes)/n, "B/event")
			b.ReportMetric(float64(len(w.tokens.blocks))/n, "tokenB/event")
			b.ReportMetric(float64(seg.RawBytes)/n, "rawB/event")
		})
	}
}

func BenchmarkTokens(b *testing.B) {
	const n = 10000
	events := newGenerator(1).events(n, testDay, time.Hour)
	t := newTokenBuilder()
	for b.Loop() {
		t.reset()
		for i := range events {
			t.add(events[i].Raw)
		}
		t.endGroup()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
	b.ReportMetric(float64(len(t.blocks))/n, "B/event")
}
