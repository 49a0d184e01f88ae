package collect

import (
	"fmt"
	"testing"
)

func entries(from, to, step int) []entry {
	var out []entry
	for i := from; i != to; i += step {
		out = append(out, entry{ID: fmt.Sprint(i)})
	}
	return out
}

func TestOldestGetsThreeOfFourFetches(t *testing.T) {
	t.Parallel()
	got := interleave(entries(0, 30, 1), entries(99, 69, -1), nil)
	oldest := 0
	for _, c := range got[:40] {
		if c.lane == laneOldest {
			oldest++
		}
	}
	if oldest != 30 {
		t.Errorf("of 40 fetches %d go to what expires first, want 30", oldest)
	}
	if got[0].ID != "0" || got[3].ID != "99" {
		t.Errorf("the order begins %s %s %s %s", got[0].ID, got[1].ID, got[2].ID, got[3].ID)
	}
}

func TestBlobInBothLanesIsFetchedOnce(t *testing.T) {
	t.Parallel()
	got := interleave(entries(0, 10, 1), entries(9, -1, -1), entries(5, 12, 1))
	seen := map[string]bool{}
	for _, c := range got {
		if seen[c.ID] {
			t.Fatalf("blob %s is chosen twice", c.ID)
		}
		seen[c.ID] = true
	}
	if len(seen) != 12 {
		t.Errorf("%d blobs are chosen, want 12", len(seen))
	}
}
