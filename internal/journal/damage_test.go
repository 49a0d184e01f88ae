package journal

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// Bits that changed on the disk end in an error that names the segment, or in
// events that verify finds to be others, but never in a panic: detection would
// meet it again at each start.
func TestDamagedSegmentsAreReported(t *testing.T) {
	t.Parallel()
	j := setup(t)
	add(t, j, newGenerator(3).events(300, testDay, time.Hour))
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil || len(segs) != 1 {
		t.Fatalf("%d segments, %v", len(segs), err)
	}
	whole, err := os.ReadFile(j.Path(segs[0]))
	if err != nil {
		t.Fatal(err)
	}
	reported := 0
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 1))
		data := slices.Clone(whole)
		for range 1 + r.IntN(3) {
			// The footer behind is left alone: what it says of sizes is allocated.
			data[r.IntN(len(data)*8/10)] ^= 1 << r.IntN(8)
		}
		if err := os.WriteFile(j.Path(segs[0]), data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := j.scan(t.Context(), segs[0], func(*row) error { return nil })
		var known *nightjar.Error
		if err != nil && (!errors.As(err, &known) || known.Code != nightjar.CodeCorrupt) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err != nil {
			reported++
		}
	}
	if reported == 0 {
		t.Error("no damage was found")
	}
}
