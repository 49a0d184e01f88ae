package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// leave puts a file as a crash would leave it, older than any grace.
func leave(t *testing.T, j *Journal, rel string) string {
	t.Helper()
	path := j.abs(rel)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("left behind"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSweepRemovesWhatACrashLeavesAndNothingElse(t *testing.T) {
	t.Parallel()
	j := setup(t)
	want := newGenerator(1).events(20, testDay, time.Hour)
	add(t, j, want)
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(j.Path(segs[0]), old, old); err != nil {
		t.Fatal(err)
	}
	tenant := string(testTenant)
	left := []string{
		leave(t, j, tenant+"/fresh/a.parquet.tmp"), // killed while writing
		leave(t, j, tenant+"/fresh/b.tokens"),      // killed between the renames
		leave(t, j, tenant+"/fresh/c.parquet"),     // killed before the transaction
		leave(t, j, tenant+"/exchange/2026-11-20-d.parquet"),
	}
	other := leave(t, j, tenant+"/notes.txt") // a stranger's
	young := leave(t, j, tenant+"/fresh/e.parquet")
	if err := os.Chtimes(young, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	report, err := j.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Orphans != len(left) {
		t.Errorf("removed %d orphans, want %d", report.Orphans, len(left))
	}
	for _, path := range left {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", path)
		}
	}
	for _, path := range []string{other, young} {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s was removed", path)
		}
	}
	if got := all(t, j); len(got) != len(want) {
		t.Errorf("%d events are left of %d", len(got), len(want))
	}
}

func TestAFullDiskLeavesNothingHalfVisible(t *testing.T) {
	t.Parallel()
	full := false
	j := setup(t, func(c *Config) {
		c.Faults = &Faults{Write: func(string) error {
			if full {
				return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
			}
			return nil
		}}
	})
	g := newGenerator(1)
	add(t, j, g.events(10, testDay, time.Hour))
	batch := g.events(300, testDay, time.Hour)
	full = true
	ledger := 0
	also := func(context.Context, bun.Tx, Receipt) error { ledger++; return nil }
	_, err := j.Append(t.Context(), Batch{Tenant: testTenant, Sources: []Source{{Events: batch}}, Also: also})
	if nightjar.CodeOf(err) != nightjar.CodeDiskFull || nightjar.HintOf(err) == "" {
		t.Fatalf("a full disk gives code %s: %v", nightjar.CodeOf(err), err)
	}
	if errors.Is(err, ErrStop) || ledger != 0 || len(all(t, j)) != 10 {
		t.Fatalf("after a full disk: %v, %d effects, %d events", err, ledger, len(all(t, j)))
	}
	files, err := j.files(t.Context())
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files take space on the full disk, want the 2 of the first commit (%v)", len(files), err)
	}
	full = false
	r, err := j.Append(t.Context(), Batch{Tenant: testTenant, Sources: []Source{{Events: batch}}, Also: also})
	if err != nil || r.Stored != 300 || ledger != 1 || len(all(t, j)) != 310 {
		t.Fatalf("after space was freed: %+v, %v", r, err)
	}
}

func TestAfterAFailedFsyncNothingIsCommittedAnyMore(t *testing.T) {
	t.Parallel()
	for _, what := range []string{".parquet", ".tokens", "fresh"} {
		fail := false
		j := setup(t, func(c *Config) {
			c.Faults = &Faults{Sync: func(path string) error {
				if fail && strings.HasSuffix(path, what) {
					return syscall.EIO
				}
				return nil
			}}
		})
		g := newGenerator(1)
		add(t, j, g.events(10, testDay, time.Hour))
		fail = true
		ledger := 0
		b := Batch{Tenant: testTenant, Sources: []Source{{Events: g.events(10, testDay, time.Hour)}}, Also: func(context.Context, bun.Tx, Receipt) error { ledger++; return nil }}
		if _, err := j.Append(t.Context(), b); !errors.Is(err, ErrStop) {
			t.Fatalf("fsync of %s failed and Append says %v", what, err)
		}
		fail = false
		if _, err := j.Append(t.Context(), b); !errors.Is(err, ErrStop) {
			t.Fatalf("Append goes on after a failed fsync: %v", err)
		}
		if _, err := j.Compact(t.Context(), testTenant); !errors.Is(err, ErrStop) {
			t.Fatalf("Compact goes on after a failed fsync: %v", err)
		}
		if ledger != 0 || len(all(t, j)) != 10 {
			t.Fatalf("%d effects and %d events after a failed fsync", ledger, len(all(t, j)))
		}
	}
}

func TestVerifySeesEachKindOfDamage(t *testing.T) {
	t.Parallel()
	flip := func(path string, at int64) error {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		var b [1]byte
		if _, err := f.ReadAt(b[:], at); err != nil {
			return err
		}
		b[0] ^= 4
		_, err = f.WriteAt(b[:], at)
		return err
	}
	for name, c := range map[string]struct {
		damage func(j *Journal, s nightjar.Segment) error
		want   ProblemKind
	}{
		"a flipped bit in a page":   {func(j *Journal, s nightjar.Segment) error { return flip(j.Path(s), s.Bytes/3) }, ProblemChecksum},
		"a flipped bit in the foot": {func(j *Journal, s nightjar.Segment) error { return flip(j.Path(s), s.Bytes-20) }, ProblemChecksum},
		"a truncated file":          {func(j *Journal, s nightjar.Segment) error { return os.Truncate(j.Path(s), s.Bytes/2) }, ProblemSize},
		"an emptied file":           {func(j *Journal, s nightjar.Segment) error { return os.Truncate(j.Path(s), 0) }, ProblemSize},
		"a removed file":            {func(j *Journal, s nightjar.Segment) error { return os.Remove(j.Path(s)) }, ProblemMissing},
		"a flipped bit of a filter": {func(j *Journal, s nightjar.Segment) error { return flip(j.abs(s.TokenPath), 300) }, ProblemTokens},
		"a removed filter":          {func(j *Journal, s nightjar.Segment) error { return os.Remove(j.abs(s.TokenPath)) }, ProblemMissing},
		"a row of the catalog changed": {func(j *Journal, s nightjar.Segment) error {
			_, err := j.cfg.Catalog.Exec("UPDATE journal_segments SET row_count = row_count + 1")
			return err
		}, ProblemContent},
		"a record that is no JSON": {func(j *Journal, s nightjar.Segment) error {
			_, err := j.Append(context.Background(), Batch{Tenant: testTenant, Sources: []Source{{Events: []nightjar.Event{
				{Tenant: testTenant, ID: "x", Table: nightjar.TableGeneral, Time: testDay, Raw: []byte("{")},
			}}}})
			return err
		}, ProblemRaw},
		"an event that came back under another day": {func(j *Journal, s nightjar.Segment) error {
			w := newSegmentWriter(newZstdCodec(), 100, j.metrics, nil)
			e := newGenerator(1).events(1, testDay, time.Hour)[0]
			path, tokens, err := j.reserve(testTenant, freshFolder, "x")
			if err != nil {
				return err
			}
			seg, err := j.prepare(w, testTenant, path, tokens, []*nightjar.Event{&e})
			if err != nil {
				return err
			}
			_, err = j.record(context.Background(), Batch{}, seg, Receipt{})
			return err
		}, ProblemTwice},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := setup(t, func(c *Config) { c.RowGroupRows = 50 })
			add(t, j, newGenerator(1).events(200, testDay, time.Hour))
			segs, err := j.Segments(t.Context(), SegmentFilter{})
			if err != nil {
				t.Fatal(err)
			}
			if report, err := j.Verify(t.Context(), nil); err != nil || len(report.Problems) > 0 {
				t.Fatalf("a sound journal: %+v, %v", report, err)
			}
			if err := c.damage(j, segs[0]); err != nil {
				t.Fatal(err)
			}
			steps := 0
			report, err := j.Verify(t.Context(), func(VerifyProgress) { steps++ })
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, p := range report.Problems {
				found = found || p.Kind == c.want
			}
			if !found || steps == 0 {
				t.Errorf("%d steps; want a problem of kind %s, got %+v", steps, c.want, report.Problems)
			}
		})
	}
}

func TestACatalogWithoutRoomCommitsNothing(t *testing.T) {
	t.Parallel()
	j := setup(t)
	db := j.cfg.Catalog
	db.SetMaxOpenConns(1) // the page limit is of one connection
	g := newGenerator(1)
	add(t, j, g.events(10, testDay, time.Hour))
	var pages int
	if err := db.NewRaw("PRAGMA page_count").Scan(t.Context(), &pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := db.ExecContext(t.Context(), "PRAGMA max_page_count = "+strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages)
	batch := Batch{Tenant: testTenant, Sources: []Source{{Events: g.events(10, testDay, time.Hour)}}, Also: func(ctx context.Context, tx bun.Tx, _ Receipt) error {
		_, err := tx.NewRaw("INSERT INTO journal_retired (path, retired) VALUES (?, 0)", strings.Repeat("x", 100_000)).Exec(ctx)
		return err
	}}
	if _, err := j.Append(t.Context(), batch); nightjar.CodeOf(err) != nightjar.CodeDiskFull || errors.Is(err, ErrStop) {
		t.Fatalf("code %s: %v", nightjar.CodeOf(err), err)
	}
	if len(all(t, j)) != 10 {
		t.Fatal("events of a failed commit are visible")
	}
	limit(pages + 1000)
	if r, err := j.Append(t.Context(), batch); err != nil || r.Stored != 10 {
		t.Fatalf("after room was made: %+v, %v", r, err)
	}
}

func TestACancelledCommitIsNoReasonToStop(t *testing.T) {
	t.Parallel()
	j := setup(t)
	g := newGenerator(1)
	ctx, cancel := context.WithCancel(t.Context())
	b := Batch{Tenant: testTenant, Sources: []Source{{Events: g.events(10, testDay, time.Hour)}}, Also: func(context.Context, bun.Tx, Receipt) error {
		cancel()
		return nil
	}}
	if _, err := j.Append(ctx, b); !errors.Is(err, context.Canceled) || errors.Is(err, ErrStop) {
		t.Fatalf("a shutdown in the middle of a commit gives %v", err)
	}
	if len(all(t, j)) != 0 {
		t.Fatal("events of a cancelled commit are visible")
	}
	if r, err := j.Append(t.Context(), b); err != nil || r.Stored != 10 {
		t.Fatalf("the next commit: %+v, %v", r, err)
	}
}

func TestTheSameIDUnderAnotherDayIsADuplicateWhileThatDayIsInMemory(t *testing.T) {
	t.Parallel()
	j := setup(t)
	e := newGenerator(1).events(1, testDay, time.Hour)[0]
	add(t, j, []nightjar.Event{e})
	e.Time = e.Time.Add(72 * time.Hour)
	if r := add(t, j, []nightjar.Event{e}); r.Duplicates != 1 {
		t.Errorf("%+v", r)
	}
}

// The writer of a commit is used again for the next one, of any tenant. One
// that cannot even create its files must not take the files of the one before
// for its own, and remove them.
func TestACommitThatCannotBeginHarmsNoEarlierOne(t *testing.T) {
	t.Parallel()
	j := setup(t)
	g := newGenerator(1)
	add(t, j, g.events(20, testDay, time.Hour))
	other := nightjar.TenantID("0b0d2a40-0000-4000-8000-000000000002")
	leave(t, j, string(other)+"/fresh") // a file in the place of the folder
	events := g.events(5, testDay, time.Hour)
	for i := range events {
		events[i].Tenant = other
	}
	if _, err := j.Append(t.Context(), Batch{Tenant: other, Sources: []Source{{Events: events}}}); err == nil {
		t.Fatal("a commit without a folder succeeded")
	}
	if n := len(all(t, j)); n != 20 {
		t.Errorf("%d events are left of 20", n)
	}

	if _, err := j.Compact(t.Context(), testTenant); err != nil {
		t.Fatal(err)
	}
	add(t, j, g.events(20, testDay.AddDate(0, 0, 1), time.Hour))
	tables, err := os.ReadDir(j.abs(string(testTenant)))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range tables {
		if d.Name() == freshFolder {
			continue
		}
		from := j.abs(string(testTenant) + "/" + d.Name())
		if err := os.Rename(from, from+".away"); err != nil {
			t.Fatal(err)
		}
		leave(t, j, string(testTenant)+"/"+d.Name())
	}
	if _, err := j.Compact(t.Context(), testTenant); err == nil {
		t.Fatal("a compaction without folders succeeded")
	}
	for _, d := range tables {
		if d.Name() == freshFolder {
			continue
		}
		to := j.abs(string(testTenant) + "/" + d.Name())
		if err := errors.Join(os.Remove(to), os.Rename(to+".away", to)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(all(t, j)); n != 40 {
		t.Errorf("%d events are left of 40", n)
	}
}

// A record that states no time gets that of its delivery. Delivered again days
// later, by a process that has started meanwhile, it is still the same record.
func TestAnEventWithoutATimeIsStoredOnceWheneverItComes(t *testing.T) {
	t.Parallel()
	j := setup(t)
	e := newGenerator(1).event(testDay)
	e.Time, e.ContentCreated = testDay.Add(time.Hour), testDay.Add(time.Hour)
	add(t, j, []nightjar.Event{e})
	again, err := New(Config{Dir: j.dir, Catalog: j.cfg.Catalog})
	if err != nil {
		t.Fatal(err)
	}
	e.ContentCreated = e.ContentCreated.AddDate(0, 0, 5)
	e.Time = e.ContentCreated
	if r := add(t, again, []nightjar.Event{e}); r.Duplicates != 1 {
		t.Errorf("receipt %+v, want a duplicate", r)
	}
}

// A text column that is not UTF-8 makes a query engine refuse its whole file.
func TestARecordThatIsNotUTF8IsRefusedBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	j := setup(t)
	e := newGenerator(1).event(testDay)
	e.Raw = []byte("{\"Id\":\"\xff\"}")
	if _, err := j.Append(t.Context(), Batch{Tenant: testTenant, Sources: []Source{{Events: []nightjar.Event{e}}}}); err == nil {
		t.Error("it was appended")
	}
}
