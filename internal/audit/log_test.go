package audit

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

func TestAnEntryLivesAndDiesWithItsChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	refused := errors.New("the change did not work")
	err := b.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return errors.Join(b.Append(ctx, tx, entry(nightjar.ActionConnectionAdd)), refused)
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if list, err := b.List(t.Context(), Filter{}); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := b.Record(t.Context(), entry(nightjar.ActionEventExport)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r, err := b.Verify(t.Context()); err != nil || r.Broken != nil || r.Entries != 20 {
		t.Errorf("after 20 writers at once: %+v, %v", r, err)
	}
}

func TestS26AChangeThatCannotBeRecordedIsNotMade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	change := func(ctx context.Context) error {
		return b.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("UPDATE journal_counters SET value = value + 1 WHERE name = 'seq'").Exec(ctx)
			return err
		})
	}
	made := func() (n int) {
		if err := b.db.NewRaw("SELECT value FROM journal_counters WHERE name = 'seq'").Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := b.Do(t.Context(), entry(nightjar.ActionConnectionPause), change); err != nil || made() != 1 {
		t.Errorf("%d, %v", made(), err)
	}
	if err := b.Do(t.Context(), Entry{}, change); err == nil || made() != 1 {
		t.Errorf("a change without its record: %d, %v", made(), err)
	}
	failed := errors.New("it did not work")
	if err := b.Do(t.Context(), entry(nightjar.ActionConnectionPause), func(context.Context) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if err := b.Do(t.Context(), entry(nightjar.ActionEventExport), func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	if list, err := b.List(t.Context(), Filter{}); err != nil || len(list) != 2 || list[0].Action != nightjar.ActionEventExport {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAnEntryReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := time.Date(2026, 11, 22, 1, 2, 3, 456789000, time.UTC)
	want := Entry{
		Seq: 1, Time: at, Actor: nightjar.Actor{ID: "t1", Name: "line\u2028sep <b> \"q\"", Kind: nightjar.ActorToken}, Address: netip.MustParseAddr("2001:db8::1"),
		Action: nightjar.ActionConnectionPause, Tenant: "11111111-1111-4111-8111-111111111111", Target: "a&b", Detail: map[string]string{"k": "v\n"}, Outcome: nightjar.OutcomeDenied,
	}
	given := want
	given.Seq, given.Time = 99, at.Add(999).In(time.FixedZone("x", 3600))
	if err := b.Record(t.Context(), given); err != nil {
		t.Fatal(err)
	}
	broken := entry(nightjar.ActionLogin)
	broken.Target = "bad \xff utf-8 \x00 and '; more"
	broken.Detail = nil
	if err := b.Record(t.Context(), broken); err != nil {
		t.Fatal(err)
	}
	list, err := b.List(t.Context(), Filter{})
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if got := list[1]; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if r, err := b.Verify(t.Context()); err != nil || r.Broken != nil {
		t.Errorf("%+v, %v", r.Broken, err)
	}
}

func TestListChoosesAndPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const contoso, fabrikam = nightjar.TenantID("11111111-1111-4111-8111-111111111111"), nightjar.TenantID("22222222-2222-4222-8222-222222222222")
	base := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for i := range 12 {
		e := entry(nightjar.ActionConnectionAdd)
		e.Time = base.Add(time.Duration(i) * time.Hour)
		e.Tenant = []nightjar.TenantID{"", contoso, fabrikam}[i%3]
		if i%2 == 0 {
			e.Action, e.Actor.ID = nightjar.ActionConnectionRemove, "p2"
		}
		if err := b.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		f    Filter
		want []int64
	}{
		"the newest first":          {Filter{Limit: 3}, []int64{12, 11, 10}},
		"the next page":             {Filter{Limit: 3, Before: 10}, []int64{9, 8, 7}},
		"one tenant":                {Filter{Tenants: []nightjar.TenantID{contoso}}, []int64{11, 8, 5, 2}},
		"two tenants and an action": {Filter{Tenants: []nightjar.TenantID{contoso, fabrikam}, Action: nightjar.ActionConnectionRemove}, []int64{11, 9, 5, 3}},
		"no tenant at all":          {Filter{Tenants: []nightjar.TenantID{}}, nil},
		"an actor":                  {Filter{Actor: "p2", Limit: 2}, []int64{11, 9}},
		"an actor that breaks SQL":  {Filter{Actor: "p2' OR '1'='1\x00"}, nil},
		"a span":                    {Filter{From: base.Add(2 * time.Hour), To: base.Add(4 * time.Hour)}, []int64{4, 3}},
	} {
		list, err := b.List(t.Context(), c.f)
		var got []int64
		for _, e := range list {
			got = append(got, e.Seq)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v, err %v", name, got, c.want, err)
		}
	}
}

// TestAnExportIsVerifiedWithoutNightjar checks an export as docs/security.md
// tells people to: each hash is that of the bytes of its entry, and each entry
// names the hash before.
func TestAnExportIsVerifiedWithoutNightjar(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(page + 5)
	var out bytes.Buffer
	if err := b.Export(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	previous, lines := "", 0
	for s := bufio.NewScanner(&out); s.Scan(); lines++ {
		var line struct {
			Entry json.RawMessage
			Hash  string
		}
		var e Canonical
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(line.Entry, &e); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(line.Entry)
		if hex.EncodeToString(sum[:]) != line.Hash || e.Previous != previous {
			t.Fatalf("line %d does not fit: %s", lines+1, s.Text())
		}
		previous = line.Hash
	}
	if head, err := b.Head(t.Context()); err != nil || lines != page+5 || head.Hash != previous {
		t.Errorf("%d lines, head %v, last %s, %v", lines, head, previous, err)
	}
}

// TestWhoHangsUpLeavesATrace records for a caller that is gone.
func TestWhoHangsUpLeavesATrace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	e := Entry{Actor: nightjar.Actor{Kind: nightjar.ActorUnknown}, Action: nightjar.ActionAccessDeny}
	if err := b.Record(gone, e); err != nil {
		t.Error(err)
	}
	done := false
	if err := b.Around(gone, e, func(context.Context) error { done = true; return nil }); err != nil || !done {
		t.Error(done, err)
	}
	refused := errors.New("refused")
	if err := b.Around(t.Context(), e, func(context.Context) error { return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	if h, err := b.Head(t.Context()); err != nil || h.Seq != 2 {
		t.Errorf("%d entries, %v; want one for each that was done", h.Seq, err)
	}
}
