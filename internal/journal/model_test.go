package journal

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
)

// TestJournalBehavesLikeAMapOfEvents drives a journal with random commits,
// re-deliveries, compactions, restarts and readers, beside a map that says what
// must come out.
func TestJournalBehavesLikeAMapOfEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(t, rt)
		defer m.close()
		rt.Repeat(map[string]func(*rapid.T){
			"append":  m.append,
			"compact": m.compact,
			"restart": m.restart,
			"read":    m.read,
			"":        m.check,
		})
	})
}

type model struct {
	t       *testing.T
	dir     string
	db      *catalog.DB
	j       *Journal
	reader  *Reader
	gen     *generator
	stored  map[string]nightjar.Event
	sent    []nightjar.Event
	bySeq   map[int64]map[string]bool // what each commit stored
	seen    map[string]bool           // what the reader got
	cursor  int64
	ledger  int // effects of Also
	commits int64
	checks  int
}

func newModel(t *testing.T, rt *rapid.T) *model {
	m := &model{
		t: t, gen: newGenerator(rapid.Uint64().Draw(rt, "seed")), stored: map[string]nightjar.Event{},
		bySeq: map[int64]map[string]bool{}, seen: map[string]bool{}, dir: memoryDir(t),
	}
	m.open()
	return m
}

func (m *model) open() {
	db, err := catalogtest.Open(context.Background(), catalog.Config{Path: filepath.Join(m.dir, catalog.FileName)})
	if err != nil {
		m.t.Fatal(err)
	}
	// Small row groups and a tiny filter budget reach the corners sooner.
	j, err := New(Config{Dir: filepath.Join(m.dir, FolderName), Catalog: db, RowGroupRows: 48, DedupeBytes: 30_000})
	if err != nil {
		m.t.Fatal(err)
	}
	m.db, m.j = db, j
	if m.reader, err = j.Reader(context.Background(), "model"); err != nil {
		m.t.Fatal(err)
	}
	if m.reader.seq != m.cursor {
		m.t.Fatalf("the reader's cursor is %d after a restart, want %d", m.reader.seq, m.cursor)
	}
}

func (m *model) close() {
	if err := m.db.Close(); err != nil {
		m.t.Fatal(err)
	}
}

func (m *model) append(rt *rapid.T) {
	var sources []Source
	fresh := map[string]nightjar.Event{}
	wantStored, wantDup := 0, 0
	for range rapid.IntRange(1, 3).Draw(rt, "sources") {
		var events []nightjar.Event
		for range rapid.IntRange(0, 30).Draw(rt, "events") {
			var e nightjar.Event
			if len(m.sent) > 0 && rapid.IntRange(0, 2).Draw(rt, "again") == 0 {
				e = m.sent[rapid.IntRange(0, len(m.sent)-1).Draw(rt, "which")]
			} else {
				day := rapid.IntRange(0, 4).Draw(rt, "day")
				e = m.gen.event(testDay.Add(time.Duration(day)*24*time.Hour + time.Duration(m.gen.r.IntN(86400))*time.Second))
				m.sent = append(m.sent, e)
			}
			events = append(events, e)
			_, before := m.stored[e.ID]
			_, now := fresh[e.ID]
			if before || now {
				wantDup++
			} else {
				wantStored++
				fresh[e.ID] = e
			}
		}
		sources = append(sources, Source{Events: events})
	}
	fail := rapid.IntRange(0, 4).Draw(rt, "fail") == 0
	r, err := m.j.Append(context.Background(), Batch{
		Tenant: testTenant, Sources: sources,
		Also: func(ctx context.Context, tx bun.Tx, r Receipt) error {
			if fail {
				return fmt.Errorf("the ledger refuses")
			}
			m.ledger++
			return nil
		},
	})
	if fail {
		if err == nil {
			rt.Fatal("Append returned nil though Also failed")
		}
		return
	}
	if err != nil {
		rt.Fatal(err)
	}
	if r.Stored != wantStored || r.Duplicates != wantDup {
		rt.Fatalf("stored %d and dropped %d, want %d and %d", r.Stored, r.Duplicates, wantStored, wantDup)
	}
	if wantStored == 0 {
		if r.Seq != 0 || r.Segment != 0 {
			rt.Fatalf("a commit without events has the receipt %+v", r)
		}
		return
	}
	m.commits++
	if r.Seq != m.commits {
		rt.Fatalf("commit %d has the number %d", m.commits, r.Seq)
	}
	m.bySeq[r.Seq] = map[string]bool{}
	for id, e := range fresh {
		e.Seq = r.Seq
		m.stored[id] = e
		m.bySeq[r.Seq][id] = true
	}
}

func (m *model) compact(rt *rapid.T) {
	if rapid.Bool().Draw(rt, "everything") {
		if _, err := m.j.Compact(context.Background(), testTenant); err != nil {
			rt.Fatal(err)
		}
		return
	}
	c := compaction{j: m.j, tenant: testTenant, everything: true, made: map[int64]bool{}}
	if err := c.splitFresh(context.Background()); err != nil {
		rt.Fatal(err)
	}
}

func (m *model) restart(*rapid.T) {
	m.close()
	m.open()
}

func (m *model) read(rt *rapid.T) {
	events, last, err := m.reader.Next(context.Background(), rapid.IntRange(1, 60).Draw(rt, "max"))
	if err != nil {
		rt.Fatal(err)
	}
	want := map[string]bool{}
	for seq := m.cursor + 1; seq <= last; seq++ {
		for id := range m.bySeq[seq] {
			want[id] = true
		}
	}
	if len(events) != len(want) {
		rt.Fatalf("commits %d to %d have %d events, the reader saw %d", m.cursor+1, last, len(want), len(events))
	}
	if len(events) == 0 && m.cursor < m.commits {
		rt.Fatalf("the reader stands at %d of %d and sees nothing", m.cursor, m.commits)
	}
	if !slices.IsSortedFunc(events, func(a, b nightjar.Event) int { return int(a.Seq - b.Seq) }) {
		rt.Fatal("the reader's events are out of order")
	}
	for _, e := range events {
		if m.seen[e.ID] || !want[e.ID] {
			rt.Fatalf("event %s was not to be read now", e.ID)
		}
		if string(e.Raw) != string(m.stored[e.ID].Raw) || e.Seq != m.stored[e.ID].Seq {
			rt.Fatalf("event %s was read otherwise than stored", e.ID)
		}
	}
	if rapid.IntRange(0, 3).Draw(rt, "effect fails") == 0 {
		if err := m.reader.Rewind(context.Background()); err != nil {
			rt.Fatal(err)
		}
		return
	}
	err = m.db.InTx(context.Background(), func(ctx context.Context, tx bun.Tx) error { return m.reader.Commit(ctx, tx, last) })
	if err != nil {
		rt.Fatal(err)
	}
	m.cursor = last
	for id := range want {
		m.seen[id] = true
	}
}

func (m *model) check(rt *rapid.T) {
	if m.checks++; m.checks%4 != 0 {
		return
	}
	got := map[string]bool{}
	err := m.j.Export(context.Background(), ExportFilter{Tenant: testTenant}, func(e nightjar.Event) error {
		if got[e.ID] {
			rt.Fatalf("event %s is there twice", e.ID)
		}
		got[e.ID] = true
		want, ok := m.stored[e.ID]
		if !ok || string(want.Raw) != string(e.Raw) || want.Seq != e.Seq || want.Table != e.Table || !want.Time.Equal(e.Time) {
			rt.Fatalf("event %s is not what was stored", e.ID)
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	if len(got) != len(m.stored) {
		rt.Fatalf("%d events are there, want %d", len(got), len(m.stored))
	}
	if m.checks%16 != 0 {
		return
	}
	report, err := m.j.Verify(context.Background(), nil)
	if err != nil {
		rt.Fatal(err)
	}
	if len(report.Problems) > 0 || report.Events != int64(len(m.stored)) {
		rt.Fatalf("verify: %+v", report)
	}
}
