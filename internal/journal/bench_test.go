//go:build unix

package journal

import (
	"fmt"
	"os"
	"runtime"
	runtimemetrics "runtime/metrics"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/nightjar-sec/nightjar"
)

// stopwatch counts the CPU time of the process, which other work on the machine
// does not lengthen.
type stopwatch struct{ total, began time.Duration }

func cpuNow() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (s *stopwatch) start() { s.began = cpuNow() }
func (s *stopwatch) stop()  { s.total += cpuNow() - s.began }

func (s *stopwatch) report(b *testing.B, events int) {
	b.ReportMetric(float64(s.total.Nanoseconds())/float64(b.N)/float64(events), "cpu-ns/event")
}

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
	var cpu stopwatch
	for b.Loop() {
		b.StopTimer()
		for i := range events {
			events[i].ID = g.guid()
		}
		b.StartTimer()
		cpu.start()
		add(b, j, events)
		cpu.stop()
	}
	cpu.report(b, n)
	segs, err := j.Segments(b.Context(), SegmentFilter{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(segs[0].Bytes)/n, "B/event")
	b.ReportMetric(float64(raw)/n, "rawB/event")
}

// BenchmarkSegmentCodecs shows size against time.
func BenchmarkSegmentCodecs(b *testing.B) {
	const n = 20000
	events := newGenerator(1).events(n, testDay, 24*time.Hour)
	for name, codec := range map[string]compress.Codec{
		"ours": newZstdCodec(), "fastest": &zstd.Codec{Level: zstd.SpeedFastest}, "better": &zstd.Codec{Level: zstd.SpeedBetterCompression},
	} {
		b.Run(name, func(b *testing.B) {
			j := setup(b)
			w := newSegmentWriter(codec, defaultRowGroupRows, j.metrics, nil)
			ptrs := make([]*nightjar.Event, n)
			for i := range events {
				ptrs[i] = &events[i]
			}
			var seg nightjar.Segment
			var cpu stopwatch
			for b.Loop() {
				cpu.start()
				path, tokens, err := j.reserve(testTenant, "fresh", "x")
				if err != nil {
					b.Fatal(err)
				}
				if seg, err = j.prepare(w, testTenant, path, tokens, ptrs); err != nil {
					b.Fatal(err)
				}
				cpu.stop()
			}
			cpu.report(b, n)
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
	var cpu stopwatch
	for b.Loop() {
		cpu.start()
		t.reset()
		for i := range events {
			t.add(events[i].Raw)
		}
		t.endGroup()
		cpu.stop()
	}
	cpu.report(b, n)
	b.ReportMetric(float64(len(t.blocks))/n, "B/event")
}

// BenchmarkAppendAgain measures the delivery of events that are stored already.
func BenchmarkAppendAgain(b *testing.B) {
	const n = 5000
	j := setup(b)
	g := newGenerator(1)
	var events []nightjar.Event
	for range 20 {
		events = g.events(n, testDay, 24*time.Hour)
		add(b, j, events)
	}
	var cpu stopwatch
	for b.Loop() {
		cpu.start()
		if r := add(b, j, events); r.Duplicates != n {
			b.Fatalf("%+v", r)
		}
		cpu.stop()
	}
	cpu.report(b, n)
}

// BenchmarkAppendSmall measures what a commit costs that holds little.
func BenchmarkAppendSmall(b *testing.B) {
	j := setup(b)
	g := newGenerator(1)
	var cpu stopwatch
	for b.Loop() {
		events := g.events(20, testDay, time.Hour)
		cpu.start()
		add(b, j, events)
		cpu.stop()
	}
	cpu.report(b, 1)
}

// BenchmarkCompact measures the whole way of events from fresh segments to packed ones.
func BenchmarkCompact(b *testing.B) {
	const n = 100_000
	var r CompactReport
	var cpu stopwatch
	for b.Loop() {
		b.StopTimer()
		j := setup(b)
		g := newGenerator(1)
		for range n / 5000 {
			add(b, j, g.events(5000, testDay, 24*time.Hour))
		}
		b.StartTimer()
		cpu.start()
		var err error
		if r, err = j.Compact(b.Context(), testTenant); err != nil {
			b.Fatal(err)
		}
		cpu.stop()
		b.StopTimer()
		segs, err := j.Segments(b.Context(), SegmentFilter{})
		if err != nil {
			b.Fatal(err)
		}
		var bytes, raw, tokens int64
		for _, s := range segs {
			bytes, raw = bytes+s.Bytes, raw+s.RawBytes
			info, err := os.Stat(j.abs(s.TokenPath))
			if err != nil {
				b.Fatal(err)
			}
			tokens += info.Size()
		}
		b.ReportMetric(float64(bytes)/n, "B/event")
		b.ReportMetric(float64(tokens)/n, "tokenB/event")
		b.ReportMetric(100*float64(bytes+tokens)/float64(raw), "%ofRaw")
		b.ReportMetric(float64(r.Events)/n, "rewrites")
		b.StartTimer()
	}
	cpu.report(b, n)
}

// BenchmarkDedupeManyDays measures the looks at new events while the filters
// of so many days are in memory, as after a backlog.
func BenchmarkDedupeManyDays(b *testing.B) {
	for _, days := range []int{1, 8, 120} {
		b.Run(fmt.Sprint(days), func(b *testing.B) {
			j := setup(b)
			g := newGenerator(1)
			span := time.Duration(days) * 24 * time.Hour
			for range 20 {
				add(b, j, g.events(5000, testDay, span))
			}
			const n = 5000
			events := g.events(n, testDay, span)
			t := j.tenant(testTenant)
			batch := Batch{Tenant: testTenant, Sources: []Source{{Events: events}}}
			var cpu stopwatch
			for b.Loop() {
				cpu.start()
				if d, err := j.dedupe(b.Context(), t, batch); err != nil || len(d.fresh) != n {
					b.Fatal(len(d.fresh), err)
				}
				cpu.stop()
			}
			cpu.report(b, n)
		})
	}
}

// BenchmarkCompactBacklog measures many commits at once, which need more than
// one merge, and the memory of it.
func BenchmarkCompactBacklog(b *testing.B) {
	const commits, size = 200, 1500
	var cpu stopwatch
	for b.Loop() {
		b.StopTimer()
		j := setup(b)
		g := newGenerator(1)
		for range commits {
			add(b, j, g.events(size, testDay, 24*time.Hour))
		}
		runtime.GC()
		sample := []runtimemetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		runtimemetrics.Read(sample)
		before, peak := sample[0].Value.Uint64(), uint64(0)
		done, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for tick := time.NewTicker(5 * time.Millisecond); ; {
				select {
				case <-done:
					tick.Stop()
					return
				case <-tick.C:
					runtimemetrics.Read(sample)
					peak = max(peak, sample[0].Value.Uint64())
				}
			}
		}()
		b.StartTimer()
		cpu.start()
		r, err := j.Compact(b.Context(), testTenant)
		if err != nil {
			b.Fatal(err)
		}
		cpu.stop()
		close(done)
		<-stopped
		b.ReportMetric(float64(r.Events)/(commits*size), "rewrites")
		b.ReportMetric(float64(peak-before)/(1<<20), "peakMiB")
		b.ReportMetric(float64(r.Before), "files-before")
		b.ReportMetric(float64(r.After), "files-after")
	}
	cpu.report(b, commits*size)
}

// BenchmarkFollowCompacted measures a reader that follows commits whose events
// compaction has mixed.
func BenchmarkFollowCompacted(b *testing.B) {
	const commits, size = 60, 1500
	j := setup(b)
	g := newGenerator(1)
	for range commits {
		add(b, j, g.events(size, testDay, 24*time.Hour))
	}
	if _, err := j.Compact(b.Context(), testTenant); err != nil {
		b.Fatal(err)
	}
	var cpu stopwatch
	b.ReportAllocs()
	for b.Loop() {
		cpu.start()
		r := j.ReaderAfter(0)
		n := 0
		for {
			events, _, err := r.Next(b.Context(), 1000)
			if err != nil {
				b.Fatal(err)
			}
			if len(events) == 0 {
				break
			}
			n += len(events)
		}
		if n != commits*size {
			b.Fatal(n)
		}
		cpu.stop()
	}
	cpu.report(b, commits*size)
}
