package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// FolderName is the journal's folder in a data directory and in a backup.
const FolderName = "journal"

// Restore puts a backup into an empty or absent data directory: the catalog as
// catalog.FileName and the segments below FolderName. Every file is checked
// against the manifest. The catalog is written last, so an interrupted restore
// does not look like a data directory.
func Restore(ctx context.Context, from, to string) (BackupReport, error) {
	report, err := restore(ctx, from, to)
	if err != nil {
		return report, fmt.Errorf("restore %s: %w", from, err)
	}
	return report, nil
}

func restore(ctx context.Context, from, to string) (BackupReport, error) {
	var report BackupReport
	manifest, err := readManifest(from)
	if err != nil {
		return report, err
	}
	entries, err := os.ReadDir(to)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return report, err
	}
	if len(entries) > 0 {
		return report, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: to + " is not empty; a restore overwrites nothing",
			Hint: "name a new folder, and set data_dir to it afterwards",
		}
	}
	m, err := newMetrics(nil)
	if err != nil {
		return report, err
	}
	files := append(append([]ManifestFile{}, manifest.Files...), manifest.Catalog)
	for _, f := range files {
		if err := context.Cause(ctx); err != nil {
			return report, err
		}
		// A manifest is input: it must not lead out of either folder.
		local := filepath.FromSlash(f.Path)
		if !filepath.IsLocal(local) {
			return report, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("the manifest names %q, outside the backup", f.Path)}
		}
		target := filepath.Join(to, local)
		if f.Path == manifest.Catalog.Path {
			target = filepath.Join(to, catalog.FileName)
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return report, catalog.Translate(err)
		}
		n, err := copyFile(filepath.Join(from, local), target, f.SHA256, m)
		if err != nil {
			return report, err
		}
		report.Files++
		report.Bytes += n
	}
	report.Copied, report.Events = report.Files, manifest.Events
	return report, nil
}

func readManifest(dir string) (Manifest, error) {
	var m Manifest
	b, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, &nightjar.Error{
			Code: nightjar.CodeNotFound, Message: dir + " is not a backup: it has no " + manifestName,
			Hint: "an interrupted backup has none; run `nightjar journal backup` to its end", Err: err,
		}
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the manifest of the backup cannot be read", Err: err}
	}
	if m.Version != manifestVersion {
		return m, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the backup has version %d, this nightjar reads %d", m.Version, manifestVersion),
			Hint: "restore it with the nightjar that wrote it",
		}
	}
	return m, nil
}
