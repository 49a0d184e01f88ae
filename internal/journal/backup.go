package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// A backup folder holds a copy of the catalog, the files it names, and last of
// all the manifest, which makes it a backup:
//
//	nightjar-backup
//	manifest.json
//	catalog-<time>.db
//	journal/<path of each segment file>
//	quarantine/<path of each file in quarantine>

const (
	manifestName    = "manifest.json"
	manifestVersion = 1
	// markerName says, before there is a manifest, that a folder is a backup's.
	markerName = "nightjar-backup"
)

// Manifest describes a backup.
type Manifest struct {
	Version int            `json:"version"`
	Created time.Time      `json:"created"`
	Catalog ManifestFile   `json:"catalog"`
	Files   []ManifestFile `json:"files"`
	Events  int64          `json:"events"`
}

// ManifestFile is one file of a backup, by its path in the backup folder.
type ManifestFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// BackupReport says what a backup did.
type BackupReport struct {
	Files  int // in the backup
	Copied int // of them new in the folder; the others were there
	Bytes  int64
	Events int64
}

// Backup writes a consistent copy of the catalog and of every file that it
// names into a folder. Into the same folder again it adds only what is new, so
// an interrupted backup is resumed and a regular one is incremental; files that
// the journal no longer has are removed from it at the end. Until the manifest
// is replaced, which is the last step but that, the previous backup counts.
//
// The key file of the secret store is not part of it and is to be kept elsewhere.
func (j *Journal) Backup(ctx context.Context, dir string) (BackupReport, error) {
	var report BackupReport
	_, err := j.maintain(ctx, func() (CompactReport, error) {
		var err error
		report, err = j.backup(ctx, dir)
		return CompactReport{}, err
	})
	if err != nil {
		return report, fmt.Errorf("back up to %s: %w", dir, err)
	}
	return report, nil
}

func (j *Journal) backup(ctx context.Context, dir string) (BackupReport, error) {
	var report BackupReport
	if err := j.outside(dir); err != nil {
		return report, err
	}
	if err := claim(dir); err != nil {
		return report, err
	}
	if err := os.MkdirAll(filepath.Join(dir, FolderName), 0o700); err != nil {
		return report, catalog.Translate(err)
	}
	now := j.cfg.Clock.Now()
	m := Manifest{Version: manifestVersion, Created: now}
	name := "catalog-" + now.Format("20060102T150405.000000") + ".db"
	snapshot := filepath.Join(dir, name)
	// A snapshot by the database itself: consistent, whatever is being committed.
	if _, err := j.cfg.Catalog.ExecContext(ctx, "VACUUM INTO ?", snapshot); err != nil {
		removeQuietly(snapshot)
		return report, fmt.Errorf("copy catalog: %w", catalog.Translate(err))
	}
	if err := os.Chmod(snapshot, 0o600); err != nil {
		return report, fmt.Errorf("copy catalog: %w", err)
	}
	// gofail: var journalBackupAfterCatalog struct{}
	var err error
	if m.Catalog, err = describe(snapshot, name, j.metrics); err != nil {
		return report, err
	}
	segs, err := segmentsOf(ctx, snapshot)
	if err != nil {
		return report, err
	}
	for _, s := range segs {
		for _, want := range []ManifestFile{
			{Path: s.Path, Bytes: s.Bytes, SHA256: s.SHA256},
			{Path: s.TokenPath, Bytes: -1, SHA256: s.TokenSHA256},
		} {
			if err := context.Cause(ctx); err != nil {
				return report, err
			}
			got, copied, err := j.backupFile(dir, want)
			if err != nil {
				return report, err
			}
			m.Files = append(m.Files, got)
			report.Files++
			report.Bytes += got.Bytes
			if copied {
				report.Copied++
			}
		}
		report.Events += s.Rows
	}
	for _, folder := range j.cfg.Beside {
		if err := j.backupBeside(ctx, dir, folder, &m, &report); err != nil {
			return report, err
		}
	}
	m.Events = report.Events
	// gofail: var journalBackupBeforeManifest struct{}
	if err := writeManifest(dir, m, j.metrics); err != nil {
		return report, err
	}
	return report, j.prune(dir, m)
}

// outside refuses a folder in the journal, where a sweep would remove the backup.
func (j *Journal) outside(dir string) error {
	own, err := filepath.Abs(j.dir)
	if err != nil {
		return err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(own, abs); err == nil && filepath.IsLocal(rel) {
		return &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "the folder is in the journal that is to be backed up",
			Hint: "name a folder elsewhere, best on another disk",
		}
	}
	return nil
}

// claim makes sure that the folder belongs to a backup. At its end a backup
// removes what it does not know: in a folder of somebody else, or in data_dir
// itself, that would be the loss that backups are made against.
func claim(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return catalog.Translate(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); name == manifestName || name == markerName {
			return nil
		}
	}
	if len(entries) > 0 {
		return &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "the folder holds other things than a backup",
			Hint: "name an empty or new folder, or one that an earlier backup wrote",
		}
	}
	const text = "nightjar journal backup keeps this folder, and removes from it what it does not know.\n"
	return catalog.Translate(os.WriteFile(filepath.Join(dir, markerName), []byte(text), 0o600))
}

// segmentsOf reads the segments of a catalog copy.
func segmentsOf(ctx context.Context, path string) ([]nightjar.Segment, error) {
	db, err := catalog.Open(ctx, catalog.Config{Path: path, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	segs, err := selectSegments(ctx, db, allSegments)
	return segs, errors.Join(err, db.Close())
}

// backupFile makes sure that a file of the journal is in the backup, unharmed.
func (j *Journal) backupFile(dir string, want ManifestFile) (ManifestFile, bool, error) {
	to := filepath.Join(dir, FolderName, filepath.FromSlash(want.Path))
	from := j.abs(want.Path)
	want.Path = FolderName + "/" + want.Path
	if info, err := os.Stat(to); err == nil && (want.Bytes < 0 || info.Size() == want.Bytes) {
		want.Bytes = info.Size()
		return want, false, nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return want, false, catalog.Translate(err)
	}
	n, err := copyFile(from, to, want.SHA256, j.metrics)
	if err != nil {
		return want, false, err
	}
	// gofail: var journalBackupAfterFile struct{}
	want.Bytes = n
	return want, true, nil
}

// backupBeside adds the files of a folder beside the journal. One that goes
// away meanwhile has lost its row too.
func (j *Journal) backupBeside(ctx context.Context, dir, folder string, m *Manifest, report *BackupReport) error {
	files, err := filesBelow(folder)
	if err != nil {
		return fmt.Errorf("list %s: %w", folder, err)
	}
	for _, from := range files {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if strings.HasPrefix(filepath.Base(from), "tmp-") {
			continue
		}
		rel, err := filepath.Rel(filepath.Dir(folder), from)
		if err != nil {
			return err
		}
		source, err := describe(from, filepath.ToSlash(rel), j.metrics)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		to := filepath.Join(dir, rel)
		if kept, err := describe(to, source.Path, j.metrics); err != nil || kept != source {
			if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
				return catalog.Translate(err)
			}
			if _, err := copyFile(from, to, source.SHA256, j.metrics); err != nil {
				return err
			}
			report.Copied++
		}
		m.Files = append(m.Files, source)
		report.Files++
		report.Bytes += source.Bytes
	}
	return nil
}

// filesBelow lists the files of a folder at any depth; none when it is absent.
func filesBelow(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing there, or gone meanwhile
		}
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// copyFile copies under a temporary name, checks the content against its
// checksum, and makes it durable. A hard link would be quicker, but then one
// damaged sector would damage the journal and its backup together.
func copyFile(from, to, sum string, m *metrics) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	defer in.Close()
	out, err := os.OpenFile(to+tempSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("copy %s: %w", filepath.Base(from), catalog.Translate(err))
	}
	defer out.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), in)
	if err != nil {
		return 0, fmt.Errorf("copy %s: %w", filepath.Base(from), catalog.Translate(err))
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		removeQuietly(to + tempSuffix)
		return 0, &nightjar.Error{
			Code:    nightjar.CodeCorrupt,
			Message: from + " does not have the checksum that was written down for it",
			Hint:    "run `nightjar journal verify`",
		}
	}
	if err := syncFile(out, to, nil, m); err != nil {
		return 0, err
	}
	if err := os.Rename(to+tempSuffix, to); err != nil {
		return 0, fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	return n, syncDir(filepath.Dir(to), nil, m)
}

// describe measures a file and makes it durable.
func describe(path, name string, m *metrics) (ManifestFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return ManifestFile{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return ManifestFile{}, fmt.Errorf("read %s: %w", name, err)
	}
	if err := syncFile(f, path, nil, m); err != nil {
		return ManifestFile{}, err
	}
	return ManifestFile{Path: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}

func writeManifest(dir string, manifest Manifest, m *metrics) error {
	b, err := json.MarshalIndent(manifest, "", " ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	path := filepath.Join(dir, manifestName)
	f, err := os.OpenFile(path+tempSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write manifest: %w", catalog.Translate(err))
	}
	defer f.Close()
	if _, err := f.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("write manifest: %w", catalog.Translate(err))
	}
	if err := syncFile(f, path, nil, m); err != nil {
		return err
	}
	if err := os.Rename(path+tempSuffix, path); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return syncDir(dir, nil, m)
}

// prune removes what the manifest does not name from a backup folder.
func (j *Journal) prune(dir string, m Manifest) error {
	keep := map[string]bool{manifestName: true, m.Catalog.Path: true}
	for _, f := range m.Files {
		keep[f.Path] = true
	}
	old, err := filepath.Glob(filepath.Join(dir, "catalog-*.db"))
	if err != nil {
		return err
	}
	folders := []string{FolderName}
	for _, b := range j.cfg.Beside {
		folders = append(folders, filepath.Base(b))
	}
	for _, folder := range folders {
		files, err := filesBelow(filepath.Join(dir, folder))
		if err != nil {
			return fmt.Errorf("list backup: %w", err)
		}
		old = append(old, files...)
	}
	for _, path := range old {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if keep[filepath.ToSlash(rel)] {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove what the backup no longer needs: %w", err)
		}
	}
	return nil
}
