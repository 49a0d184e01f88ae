package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sample is one way of serving the same kind of events.
type sample struct {
	perBlob int
	gzip    bool

	events        int64
	blobs         int
	raw           int64
	floor, ours   []usage
	fresh, packed storage
	packing       usage
}

// measureCost collects generated events, beside the floor, in blobs of each
// size, plain and zipped.
func measureCost(ctx context.Context, o options) error {
	var samples []*sample
	for _, perBlob := range []int{100, 500} { // as Microsoft serves a mid-sized tenant, and a large one
		for _, zipped := range []bool{false, true} {
			s := &sample{perBlob: perBlob, gzip: zipped}
			if err := s.take(ctx, o); err != nil {
				return err
			}
			samples = append(samples, s)
		}
	}
	reportCost(samples)
	return nil
}

// take runs floor and Nightjar in turns, so that a neighbour who comes and
// goes hits both.
func (s *sample) take(ctx context.Context, o options) error {
	dir := filepath.Join(o.dir, fmt.Sprintf("cost-%d-%t", s.perBlob, s.gzip))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// A tenant is as large as makes its blobs that full: Microsoft closes a
	// blob after some minutes, whatever is in it.
	service, err := serve(ctx, world{
		Dir: dir, Events: o.events, PerBlob: s.perBlob, EventsPerDay: 4000 * s.perBlob, NoGzip: !s.gzip, Quota: -1,
		Settings: "collect:\n  requests_per_minute: 100000000\nlog:\n  level: warn\n",
	})
	if err != nil {
		return err
	}
	defer service.stop()
	e, err := list(ctx, dir)
	if err != nil {
		return err
	}
	work := filepath.Join(dir, "errand.json")
	if err := writeJSON(work, e); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	for range o.runs {
		u, out, err := measure(ctx, o, self, "floor", work)
		var f fetched
		if err := errors.Join(err, json.Unmarshal(out, &f)); err != nil {
			return err
		}
		s.floor, s.blobs = append(s.floor, u), f.Blobs
		if err := s.collect(ctx, o, dir); err != nil {
			return err
		}
	}
	return s.store(ctx, o, dir)
}

// collect lets Nightjar collect everything into an empty folder.
func (s *sample) collect(ctx context.Context, o options, dir string) error {
	if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil {
		return err
	}
	u, out, err := measure(ctx, o, o.binary, "collect", "--once", "--json", "--config", filepath.Join(dir, "nightjar.yaml"))
	if err != nil {
		return err
	}
	var summary struct {
		Feeds []struct{ Stored, Fetched, Duplicates int64 }
	}
	if err := json.Unmarshal(out, &summary); err != nil {
		return fmt.Errorf("read the summary: %w", err)
	}
	s.events = 0
	var blobs int64
	for _, f := range summary.Feeds {
		s.events += f.Stored
		blobs += f.Fetched
	}
	if int(blobs) != s.blobs {
		return fmt.Errorf("the floor fetched %d blobs, and Nightjar %d", s.blobs, blobs)
	}
	s.ours = append(s.ours, u)
	return nil
}

func reportCost(samples []*sample) {
	fmt.Printf("\nCollect to durable. Median of %d runs, in turns with the floor.\n\n", len(samples[0].ours))
	fmt.Println("| blobs | events | raw bytes/event | floor: µs CPU/event | Nightjar: µs CPU/event | times the floor | events/CPU-second | wall s | peak MiB |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, s := range samples {
		floor, ours := middle(s.floor), middle(s.ours)
		fmt.Printf("| %d of %d events, %s | %d | %d | %.2f | %.2f | %.2f | %.0f | %.1f | %d |\n",
			s.blobs, s.events/int64(s.blobs), encoding(s.gzip), s.events, s.raw/s.events, each(floor, s.events), each(ours, s.events),
			ours.CPU.Seconds()/floor.CPU.Seconds(), float64(s.events)/ours.CPU.Seconds(), ours.Wall.Seconds(), peak(s.ours)>>20)
	}
	fmt.Printf("\nOn disk: segments, their token filters, and the catalog with its log.\n\n")
	fmt.Println("| blobs | when | files | segments | token filters | catalog | bytes/event | of raw | CPU |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, s := range samples {
		for _, row := range []struct {
			when string
			storage
			cpu time.Duration
		}{{"as collected", s.fresh, 0}, {"compacted", s.packed, s.packing.CPU}} {
			fmt.Printf("| %s | %s | %d | %.1f %% | %.1f %% | %.1f %% | %d | %.1f %% | %.1f s |\n", fmt.Sprint(s.perBlob, ", ", encoding(s.gzip)), row.when, row.files,
				share(row.segments, s.raw), share(row.tokens, s.raw), share(row.catalog, s.raw), row.total()/s.events, share(row.total(), s.raw), row.cpu.Seconds())
		}
	}
}

func encoding(zipped bool) string {
	if zipped {
		return "gzip"
	}
	return "plain"
}

func each(u usage, events int64) float64 {
	return float64(u.CPU.Nanoseconds()) / 1000 / float64(events)
}

func share(part, whole int64) float64 { return 100 * float64(part) / float64(whole) }

// middle is the run with the median of the processor time.
func middle(runs []usage) usage {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b usage) int { return int(a.CPU - b.CPU) })
	return sorted[len(sorted)/2]
}

func peak(runs []usage) (most int64) {
	for _, u := range runs {
		most = max(most, u.Peak)
	}
	return most
}
