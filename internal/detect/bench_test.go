package detect

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/geo"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

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

// BenchmarkHeld measures what all shipped rules remember of a tenant of 100
// people: when all came in time, and when a week's backlog holds time.
func BenchmarkHeld(b *testing.B) {
	from := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	places := quietPlaces(b)
	for name, c := range map[string]struct {
		days    int
		backlog bool
	}{"week": {8, false}, "month": {37, false}, "backlog": {8, true}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				e, err := New(Config{Rules: shippedRules(b)})
				if err != nil {
					b.Fatal(err)
				}
				before := inUse()
				if c.backlog {
					now := from.AddDate(0, 0, c.days)
					row, err := nightjar.PipelineRecord{Time: now, Tenant: contoso, Action: nightjar.PipelineStored, CompleteUntil: from}.Event(now)
					if err != nil {
						b.Fatal(err)
					}
					row.Seq = 1
					e.Observe(&row)
				}
				events, org := 0, nightjar.TenantID("")
				err = sim.Quiet(sim.QuietConfig{People: 100, Days: c.days, From: from}, func(feed string, raw []byte) error {
					if org == "" {
						org = nightjar.TenantID(sim.TenantOf([][]byte{raw}))
					}
					event, err := normalise.Record(slices.Clone(raw), normalise.Origin{Feed: nightjar.Feed(feed), Tenant: org})
					if err != nil {
						return err
					}
					event.Tenant, event.Ingested, event.Seq, event.Place = contoso, event.Time, 1, places.Place(&event)
					event.ID, event.Operation = strings.Clone(event.ID), strings.Clone(event.Operation) // as the journal reads them
					events++
					e.Observe(&event)
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(inUse()-before, "MiB")
				b.ReportMetric(float64(events), "events")
				runtime.KeepAlive(e)
			}
		})
	}
}

// inUse is the heap that is in use, in MiB.
func inUse() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// quietPlaces places the addresses of the generated company.
func quietPlaces(tb testing.TB) *geo.Atlas {
	tb.Helper()
	file, err := os.Create(filepath.Join(tb.TempDir(), "places.mmdb"))
	if err != nil {
		tb.Fatal(err)
	}
	if err := sim.WriteGeo(file, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	places, err := geo.New(geo.Config{CityFile: file.Name(), WithoutBuiltIn: true})
	if err != nil {
		tb.Fatal(err)
	}
	return places
}
