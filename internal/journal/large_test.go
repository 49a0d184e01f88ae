package journal

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// large makes events whose records are of very different sizes, some larger
// than a page.
func (g *generator) large(n, most int) []nightjar.Event {
	events := g.events(n, testDay, time.Hour)
	for i := range events {
		e := &events[i]
		e.Raw = fmt.Appendf(nil, `{"Id":"%s","Text":"%s"}`, e.ID, bytes.Repeat([]byte{byte('a' + i%26)}, most/4+g.r.IntN(most)))
		e.Fields = fmt.Sprintf(`{"n":%d}`, i)
	}
	return events
}

// The strings of a row lie in a page that the next rows reuse: whoever keeps an
// event must have its own.
func TestLargeRecordsReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	j := setup(t)
	g := newGenerator(9)
	var want []nightjar.Event
	for range 3 {
		events := g.large(400, 60_000)
		want = append(want, events...)
		add(t, j, events)
	}
	byID := func(a, b nightjar.Event) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(want, byID)
	same := func(when string, got []nightjar.Event) {
		t.Helper()
		slices.SortFunc(got, byID)
		if len(got) != len(want) {
			t.Fatalf("%s there are %d events of %d", when, len(got), len(want))
		}
		for i := range got {
			g, w := &got[i], &want[i]
			if g.ID != w.ID || !bytes.Equal(g.Raw, w.Raw) || g.Fields != w.Fields || g.ObjectID != w.ObjectID || g.UserID != w.UserID || g.Place != w.Place {
				t.Fatalf("%s event %s is another: %.80s, %.80s", when, w.ID, g.Raw, w.Raw)
			}
		}
	}
	follow := func() (out []nightjar.Event) {
		for r := j.ReaderAfter(0); ; {
			events, _, err := r.Next(t.Context(), 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(events) == 0 {
				return out
			}
			out = append(out, events...)
		}
	}
	same("exported", all(t, j))
	// Another read in between takes the pages that are free.
	var between []nightjar.Event
	err := j.Export(t.Context(), ExportFilter{Tenant: testTenant}, func(e nightjar.Event) error {
		if between = append(between, e); len(between)%150 == 0 {
			all(t, j)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same("exported with others in between", between)
	same("followed", follow())
	if _, err := j.Compact(t.Context(), testTenant); err != nil {
		t.Fatal(err)
	}
	same("compacted and exported", all(t, j))
	same("compacted and followed", follow())
}

func TestAMergeTakesFewerSegmentsOfLargeRecords(t *testing.T) {
	t.Parallel()
	j := setup(t)
	of := func(rows, record int64) int {
		parts := make([]part, 100)
		for i := range parts {
			parts[i].Segment = nightjar.Segment{Rows: rows, RawBytes: rows * record}
		}
		return j.fan(parts)
	}
	for _, c := range []struct {
		rows, record int64
		want         int
	}{{100, 1500, mergeFan}, {1500, 1500, 19}, {10_000, 1500, 9}, {130, 20_000, 4}, {1000, 50_000, 2}} {
		if got := of(c.rows, c.record); got != c.want {
			t.Errorf("of segments of %d records of %d bytes %d are merged at once, want %d", c.rows, c.record, got, c.want)
		}
	}
}
