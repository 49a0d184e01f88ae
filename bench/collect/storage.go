package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// storage is what events take on disk, in bytes.
type storage struct {
	segments, tokens, catalog int64
	files                     int // segments
}

func (s storage) total() int64 { return s.segments + s.tokens + s.catalog }

// store looks at what the last run left on disk, before and after compaction.
func (s *sample) store(ctx context.Context, o options, dir string) error {
	data := filepath.Join(dir, "data")
	var err error
	if s.fresh, err = weigh(data); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if s.packing, _, err = measure(ctx, o, self, "compact", data); err != nil {
		return err
	}
	if s.packed, err = weigh(data); err != nil {
		return err
	}
	s.raw, err = rawBytes(ctx, data)
	return err
}

// weigh adds up the files of a data folder.
func weigh(data string) (s storage, err error) {
	err = filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case strings.HasSuffix(path, ".parquet"):
			s.segments += info.Size()
			s.files++
		case strings.HasSuffix(path, ".tokens"):
			s.tokens += info.Size()
		case strings.HasPrefix(filepath.Base(path), catalog.FileName):
			s.catalog += info.Size()
		}
		return nil
	})
	return s, err
}

func openJournal(ctx context.Context, data string) (*catalog.DB, *journal.Journal, error) {
	db, err := catalog.Open(ctx, catalog.Config{Path: filepath.Join(data, catalog.FileName)})
	if err != nil {
		return nil, nil, fmt.Errorf("open the catalog: %w", err)
	}
	// No grace: what is replaced goes at once, so that it is not counted.
	j, err := journal.New(journal.Config{Dir: filepath.Join(data, journal.FolderName), Catalog: db, Grace: 1})
	if err != nil {
		return nil, nil, fmt.Errorf("open the journal: %w", err)
	}
	return db, j, nil
}

// compact is a process: it compacts the journal of a data folder.
func compact(ctx context.Context, data string) error {
	db, j, err := openJournal(ctx, data)
	if err != nil {
		return err
	}
	defer db.Close()
	segments, err := j.Segments(ctx, journal.SegmentFilter{})
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	for _, tenant := range tenantsOf(segments) {
		if _, err := j.Compact(ctx, tenant); err != nil {
			return fmt.Errorf("compact: %w", err)
		}
	}
	if _, err := j.Sweep(ctx); err != nil {
		return fmt.Errorf("remove what was replaced: %w", err)
	}
	return nil
}

func tenantsOf(segments []nightjar.Segment) []nightjar.TenantID {
	var all []nightjar.TenantID
	seen := map[nightjar.TenantID]bool{}
	for _, s := range segments {
		if !seen[s.Tenant] {
			seen[s.Tenant] = true
			all = append(all, s.Tenant)
		}
	}
	return all
}

// rawBytes is the length of all raw JSON that is stored, Nightjar's own rows aside.
func rawBytes(ctx context.Context, data string) (n int64, err error) {
	db, j, err := openJournal(ctx, data)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	segments, err := j.Segments(ctx, journal.SegmentFilter{})
	if err != nil {
		return 0, fmt.Errorf("list segments: %w", err)
	}
	for _, s := range segments {
		if s.Table != nightjar.TableCollectorsOut {
			n += s.RawBytes
		}
	}
	return n, nil
}
