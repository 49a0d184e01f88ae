package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// SweepReport says what a sweep removed.
type SweepReport struct {
	Retired int // files that compaction or retention had replaced or dropped
	Orphans int // files without a row: left behind by a crash
}

// Sweep removes the files that no segment names: retired ones after the grace
// period, and left-overs of a crash that are older than it. Only the process
// that holds the lock of the data directory may sweep.
func (j *Journal) Sweep(ctx context.Context) (SweepReport, error) {
	var report SweepReport
	_, err := j.maintain(ctx, func() (CompactReport, error) {
		var err error
		if report.Retired, err = j.sweepRetired(ctx); err != nil {
			return CompactReport{}, err
		}
		report.Orphans, err = j.sweepOrphans(ctx)
		return CompactReport{}, err
	})
	if err != nil {
		return report, fmt.Errorf("sweep journal: %w", err)
	}
	return report, nil
}

func (j *Journal) sweepRetired(ctx context.Context) (int, error) {
	var rows []retiredRow
	before := catalog.Micros(clock.Real().Now().Add(-j.cfg.Grace))
	if err := j.cfg.Catalog.NewSelect().Model(&rows).Where("retired <= ?", before).Scan(ctx); err != nil {
		return 0, catalog.Translate(err)
	}
	for i, r := range rows {
		path := j.abs(r.Path)
		j.ids.forget(path)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return i, fmt.Errorf("remove retired file: %w", err)
		}
		// gofail: var journalSweepAfterUnlink struct{}
		if _, err := j.cfg.Catalog.NewDelete().Model(&rows[i]).WherePK().Exec(ctx); err != nil {
			return i, catalog.Translate(err)
		}
	}
	return len(rows), nil
}

// sweepOrphans removes segment files without a row. A file of this process that
// is about to get its row is in j.writing, and young files are left alone in
// any case.
func (j *Journal) sweepOrphans(ctx context.Context) (int, error) {
	// The files first, then the rows: a file that gets its row in between is
	// seen with it.
	files, err := j.files(ctx)
	if err != nil {
		return 0, err
	}
	named, err := j.named(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	for rel, info := range files {
		// The file system's times are the wall's, whatever clock the product runs on.
		if named[rel] || clock.Real().Since(info.ModTime()) < j.cfg.Grace {
			continue
		}
		orphan, err := j.orphan(ctx, rel)
		if err != nil {
			return removed, err
		}
		if !orphan {
			continue
		}
		if err := os.Remove(j.abs(rel)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return removed, fmt.Errorf("remove orphan: %w", err)
		}
		removed++
		j.log.InfoContext(ctx, "removed file without a segment", "path", rel)
	}
	return removed, nil
}

// orphan says whether a file without a row when the rows were read has none
// now either, and cannot get one. A commit may be as old as the grace period
// when the machine slept in it, and end while the sweep looks: it is asked
// whether it runs first, and then whether it has ended with a row.
func (j *Journal) orphan(ctx context.Context, rel string) (bool, error) {
	j.mu.Lock()
	busy := j.writing[strings.TrimSuffix(rel, tempSuffix)]
	j.mu.Unlock()
	if busy {
		return false, nil
	}
	n, err := j.cfg.Catalog.NewSelect().Model((*segmentRow)(nil)).Where("path = ? OR token_path = ?", rel, rel).Count(ctx)
	return n == 0, catalog.Translate(err)
}

// files returns the segment files of the folder, temporary ones included.
func (j *Journal) files(ctx context.Context) (map[string]fs.FileInfo, error) {
	out := make(map[string]fs.FileInfo)
	err := filepath.WalkDir(j.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		base := strings.TrimSuffix(path, tempSuffix)
		if !strings.HasSuffix(base, ".parquet") && !strings.HasSuffix(base, ".tokens") {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // renamed or removed while we looked
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(j.dir, path)
		if err != nil {
			return err
		}
		out[filepath.ToSlash(rel)] = info
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list journal files: %w", err)
	}
	return out, nil
}

// named returns the files that the catalog knows, retired ones included.
func (j *Journal) named(ctx context.Context) (map[string]bool, error) {
	var paths []struct {
		Path string `bun:"path"`
	}
	err := j.cfg.Catalog.NewRaw("SELECT path FROM journal_segments UNION ALL SELECT token_path FROM journal_segments UNION ALL SELECT path FROM journal_retired").
		Scan(ctx, &paths)
	if err != nil {
		return nil, catalog.Translate(err)
	}
	out := make(map[string]bool, len(paths))
	for _, p := range paths {
		out[p.Path] = true
	}
	return out, nil
}
