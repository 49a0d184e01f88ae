package collect

import (
	"runtime"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// BenchmarkCollect collects a generated tenant's backlog over TLS in memory,
// the simulator's own work included. make bench measures the two apart.
func BenchmarkCollect(b *testing.B) {
	for b.Loop() {
		began := time.Now()
		w := newWorld(b, sim.Config{
			Scenario: sim.Scenario{Quota: -1},
			Tenants:  []sim.TenantConfig{{People: 2000, EventsPerDay: 60000, Backlog: 48 * time.Hour, EventsPerBlob: 500}},
		}, func(w *world) { w.perMinute = 10_000_000 })
		sum := w.once(OnceOptions{})
		var events, blobs int64
		for _, f := range sum.Feeds {
			events += f.Stored
			blobs += f.Fetched
		}
		b.ReportMetric(float64(events)/time.Since(began).Seconds(), "events/s")
		b.ReportMetric(float64(events), "events")
		b.ReportMetric(float64(blobs), "blobs")
	}
}

func TestHugeBlobsDoNotTakeMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	oneBubble.Lock()
	defer oneBubble.Unlock()
	w := newWorld(t, sim.Config{
		Scenario: sim.Scenario{Huge: 1, HugeBytes: 40 << 20, Bombs: 1, BombBytes: 64 << 20},
		Tenants:  []sim.TenantConfig{{People: 5, Backlog: time.Hour}},
	}, func(w *world) { w.options.RetryFirst = 10 * time.Millisecond })
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}()
	sum := w.once(OnceOptions{MaxWait: time.Minute})
	close(stop)
	most := <-peak
	var stored int64
	for _, f := range sum.Feeds {
		stored += f.Stored
		if f.Reason != "" && f.Quarantined == 0 {
			t.Errorf("%s: %s", f.Feed, f.Reason)
		}
	}
	t.Logf("%d events; the heap grew by %d MiB at most", stored, (most-before.HeapAlloc)>>20)
	if grew := most - before.HeapAlloc; grew > 150<<20 {
		t.Errorf("the heap grew by %d MiB", grew>>20)
	}
}
