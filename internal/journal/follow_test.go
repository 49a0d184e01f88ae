package journal

import (
	"testing"
	"time"
)

// Whoever follows the journal is woken by each commit, and by nothing else.
func TestWhoWaitsForACommitIsToldOfIt(t *testing.T) {
	t.Parallel()
	j := setup(t)
	if last, err := j.LastSeq(t.Context()); err != nil || last != 0 {
		t.Fatalf("the last commit of an empty journal is %d, %v", last, err)
	}
	told := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	events := newGenerator(7).events(3, testDay, time.Hour)
	for n := range int64(3) {
		wait := j.Committed()
		if told(wait) {
			t.Fatal("told before there was a commit")
		}
		r := add(t, j, events[n:n+1])
		if !told(wait) {
			t.Fatal("not told of a commit")
		}
		if last, err := j.LastSeq(t.Context()); err != nil || last != r.Seq || last != n+1 {
			t.Fatalf("the last commit is %d, %v; want %d", last, err, r.Seq)
		}
	}
	wait := j.Committed()
	add(t, j, events[:1]) // stored already
	if told(wait) {
		t.Fatal("told of a commit that stored nothing")
	}
	if _, err := j.Compact(t.Context(), testTenant); err != nil {
		t.Fatal(err)
	}
	if last, err := j.LastSeq(t.Context()); err != nil || last != 3 {
		t.Fatalf("after compaction the last commit is %d, %v", last, err)
	}
}
