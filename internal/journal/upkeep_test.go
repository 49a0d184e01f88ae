package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

func TestCompactionMakesOneFileOfEachTableAndDay(t *testing.T) {
	t.Parallel()
	j := setup(t)
	g := newGenerator(5)
	for range 20 {
		add(t, j, g.events(60, testDay, 48*time.Hour))
	}
	before, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := j.Compact(t.Context(), testTenant)
	if err != nil {
		t.Fatal(err)
	}
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(segs) != 12 || report.Events < 1200 {
		t.Errorf("%d segments after compaction, want 6 tables of 2 days; %+v", len(segs), report)
	}
	for _, s := range segs {
		if len(s.Tables) != 1 || s.Tables[s.Table] != s.Rows || s.MinTime.Before(s.Day) || !s.MaxTime.Before(s.Day.Add(24*time.Hour)) {
			t.Errorf("segment %+v is not of one table and day", s)
		}
		rows, err := parquet.ReadFile[row](j.Path(s))
		if err != nil || int64(len(rows)) != s.Rows {
			t.Fatalf("a plain Parquet reader sees %d rows, err %v", len(rows), err)
		}
		for i := range rows[1:] {
			a, b := &rows[i], &rows[i+1]
			switch hourOfA, hourOfB := a.Time/3600e6, b.Time/3600e6; {
			case hourOfA > hourOfB, hourOfA == hourOfB && a.UserID > b.UserID, hourOfA == hourOfB && a.UserID == b.UserID && a.Time > b.Time:
				t.Fatalf("rows %d and %d are not in order of hour, user and time", i, i+1)
			}
		}
	}
	for _, s := range before {
		if _, err := os.Stat(j.Path(s)); err != nil {
			t.Errorf("a query that listed segment %d before can no longer read it: %v", s.ID, err)
		}
	}
	if again, err := j.Compact(t.Context(), testTenant); err != nil || again.Before != 0 {
		t.Errorf("a second compaction rewrites: %+v, %v", again, err)
	}
	if report, err := j.Verify(t.Context(), nil); err != nil || len(report.Problems) > 0 || report.Events != 1200 {
		t.Errorf("%+v, %v", report, err)
	}
	only, err := j.Segments(t.Context(), SegmentFilter{
		Tables: []nightjar.Table{nightjar.TableExchange}, From: testDay.Add(24 * time.Hour), To: testDay.Add(72 * time.Hour),
	})
	if err != nil || len(only) != 1 || only[0].Table != nightjar.TableExchange {
		t.Errorf("segments of exchange on the second day: %+v, %v", only, err)
	}
	e, err := j.Read(t.Context(), only[0].ID, only[0].Rows-1)
	if err != nil || e.Table != nightjar.TableExchange || !e.Time.Equal(only[0].MaxTime) || e.Seq == 0 {
		t.Errorf("the last row by reference: %+v, %v", e, err)
	}
}

// TestUpkeepOverTwoWeeks does the rounds of Run while two weeks of commits arrive.
// Run itself cannot be in a synctest bubble: the zstd decoders of the Parquet
// library are shared by all tests of the process.
func TestUpkeepOverTwoWeeks(t *testing.T) {
	t.Parallel()
	j := setup(t, func(c *Config) {
		c.Dir = filepath.Join(memoryDir(t), FolderName)
		c.Grace = time.Nanosecond
		c.Retention = Retention{Default: 5 * 24 * time.Hour, Tables: map[nightjar.Table]time.Duration{nightjar.TableDLP: 0}}
	})
	g := newGenerator(7)
	now := testDay
	for range 14 * 4 {
		j.cfg.Clock = clock.Scaled(now, 1)
		add(t, j, g.events(20, now.Add(-2*time.Hour), time.Hour))
		if err := j.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(6 * time.Hour)
	}
	segs, err := j.Segments(t.Context(), SegmentFilter{})
	if err != nil {
		t.Fatal(err)
	}
	oldest := now
	var dlp int64
	for _, s := range segs {
		if dlp += s.Tables[nightjar.TableDLP]; s.Table != nightjar.TableDLP && s.MinTime.Before(oldest) {
			oldest = s.MinTime
		}
	}
	if age := now.Sub(oldest); age > 6*24*time.Hour+6*time.Hour || age < 5*24*time.Hour-9*time.Hour {
		t.Errorf("the oldest event is %v old with a retention of 5 days", age)
	}
	if dlp < 100 {
		t.Errorf("only %d events of dlp are kept, whose retention is for ever", dlp)
	}
	if len(segs) > 150 {
		t.Errorf("%d segments for two quiet weeks: compaction does not keep up", len(segs))
	}
	files, err := j.files(t.Context())
	if err != nil || len(files) != 2*len(segs) {
		t.Errorf("%d files for %d segments, err %v: retired ones are not swept", len(files), len(segs), err)
	}
	if report, err := j.Verify(t.Context(), nil); err != nil || len(report.Problems) > 0 || report.Orphans > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestRunEndsWhenItIsToldTo(t *testing.T) {
	t.Parallel()
	j := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Run(ctx); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestABackupRestoresToTheSameEvents(t *testing.T) {
	t.Parallel()
	j := setup(t)
	g := newGenerator(9)
	add(t, j, g.events(100, testDay, time.Hour))
	dir := t.TempDir()
	first, err := j.Backup(t.Context(), dir)
	if err != nil || first.Copied != 2 || first.Events != 100 {
		t.Fatalf("first backup: %+v, %v", first, err)
	}
	add(t, j, g.events(50, testDay, time.Hour))
	second, err := j.Backup(t.Context(), dir)
	if err != nil || second.Copied != 2 || second.Files != 4 || second.Events != 150 {
		t.Fatalf("second backup into the same folder: %+v, %v", second, err)
	}
	if _, err := j.Compact(t.Context(), testTenant); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if fresh, err := filepath.Glob(filepath.Join(dir, FolderName, "*", freshFolder, "*")); err != nil || len(fresh) != 0 {
		t.Errorf("the backup keeps %v, which no segment names any more (%v)", fresh, err)
	}

	to := filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), dir, to); err != nil {
		t.Fatal(err)
	}
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(to, catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	back, err := New(Config{Dir: filepath.Join(to, FolderName), Catalog: db})
	if err != nil {
		t.Fatal(err)
	}
	if report, err := back.Verify(t.Context(), nil); err != nil || len(report.Problems) > 0 || report.Events != 150 {
		t.Errorf("the restored journal: %+v, %v", report, err)
	}
	if _, err := Restore(t.Context(), dir, to); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("a restore over data gives %v", err)
	}
}

func TestABackupLeavesFoldersOfOthersAlone(t *testing.T) {
	t.Parallel()
	j := setup(t)
	add(t, j, newGenerator(3).events(20, testDay, time.Hour))
	home := t.TempDir()
	diary := filepath.Join(home, FolderName, "diary.txt")
	if err := os.MkdirAll(filepath.Dir(diary), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(diary, []byte("dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	dataDir := filepath.Dir(j.dir)
	for _, dir := range []string{home, dataDir, j.dir, filepath.Join(j.dir, "backup")} {
		if _, err := j.Backup(t.Context(), dir); nightjar.CodeOf(err) != nightjar.CodeConflict {
			t.Errorf("a backup into %s: %v", dir, err)
		}
	}
	if _, err := os.Stat(diary); err != nil {
		t.Error(err)
	}
	if report, err := j.Verify(t.Context(), nil); err != nil || len(report.Problems) > 0 {
		t.Errorf("the journal afterwards: %+v, %v", report, err)
	}
}

func TestABackupTakesTheQuarantineAlong(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	beside := filepath.Join(data, "quarantine")
	j := setup(t, func(c *Config) { c.Beside = []string{beside} })
	write := func(name, content string) {
		path := filepath.Join(beside, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	backup, restored := filepath.Join(data, "backup"), filepath.Join(data, "restored")
	if _, err := j.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	write("tenant/blob.gz", "as received")
	write("tenant/old.gz", "settled soon")
	write("tmp-1", "half")
	if _, err := j.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(beside, "tenant/old.gz")); err != nil {
		t.Fatal(err)
	}
	report, err := j.Backup(t.Context(), backup)
	if err != nil || report.Files != 1 || report.Copied != 0 {
		t.Errorf("the third backup: %+v, %v", report, err)
	}
	if _, err := Restore(t.Context(), backup, restored); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, dir := range []string{backup, restored} {
		files, err := filesBelow(filepath.Join(dir, "quarantine"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			content, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, filepath.Base(f)+"="+string(content))
		}
	}
	if got := strings.Join(found, " "); got != "blob.gz=as received blob.gz=as received" {
		t.Errorf("backup and restored hold %q", got)
	}
}

func TestARestoreRefusesADamagedBackup(t *testing.T) {
	t.Parallel()
	j := setup(t)
	add(t, j, newGenerator(9).events(100, testDay, time.Hour))
	dir := t.TempDir()
	if _, err := j.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, FolderName, "*", "*", "*.parquet"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), dir, to); nightjar.CodeOf(err) != nightjar.CodeCorrupt {
		t.Errorf("a damaged backup gives %v", err)
	}
	if _, err := os.Stat(filepath.Join(to, catalog.FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a refused restore left a catalog, which looks like a data directory")
	}
	if _, err := Restore(t.Context(), t.TempDir(), to+"2"); nightjar.CodeOf(err) != nightjar.CodeNotFound {
		t.Errorf("a folder that is no backup gives %v", err)
	}
}
