package journal

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// ErrStop means that an fsync failed: what the disk holds of the last writes is
// unknown, and asking again would report success for lost data. The process
// must stop; the next start finds the truth in the catalog.
var ErrStop = errors.New("the journal has stopped after a failed fsync")

// tempSuffix marks a file that is being written. Nothing reads it.
const tempSuffix = ".tmp"

// durableFile is written once, under a temporary name, and appears whole or not at all.
type durableFile struct {
	path   string // final
	f      *os.File
	buf    *bufio.Writer
	sum    hash.Hash
	size   int64
	faults *Faults
}

// createDurable begins a file that is written through buf, which is reused:
// small commits would otherwise mostly make garbage.
func createDurable(path string, buf *bufio.Writer, faults *Faults) (*durableFile, error) {
	f, err := os.OpenFile(path+tempSuffix, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create segment file: %w", catalog.Translate(err))
	}
	d := &durableFile{path: path, f: f, buf: buf, sum: sha256.New(), faults: faults}
	buf.Reset(fileWriter{d})
	return d, nil
}

// fileWriter is the part behind the buffer: checksum, size, disk.
type fileWriter struct{ d *durableFile }

func (w fileWriter) Write(p []byte) (int, error) {
	d := w.d
	if err := d.faults.write(d.path); err != nil {
		return 0, err
	}
	d.sum.Write(p)
	n, err := d.f.Write(p)
	d.size += int64(n)
	return n, err
}

func (d *durableFile) Write(p []byte) (int, error) { return d.buf.Write(p) }

// finish makes the content durable, still under the temporary name.
func (d *durableFile) finish(m *metrics) error {
	if err := d.buf.Flush(); err != nil {
		return fmt.Errorf("write segment file: %w", catalog.Translate(err))
	}
	// gofail: var journalAfterTempWrite struct{}
	if err := syncFile(d.f, d.path, d.faults, m); err != nil {
		return err
	}
	// gofail: var journalAfterFileFsync struct{}
	if err := d.f.Close(); err != nil {
		return fmt.Errorf("close segment file: %w", catalog.Translate(err))
	}
	d.f = nil
	return nil
}

// publish gives the file its name. It is durable once the folder is synced.
func (d *durableFile) publish() error {
	if err := os.Rename(d.path+tempSuffix, d.path); err != nil {
		return fmt.Errorf("rename segment file: %w", catalog.Translate(err))
	}
	return nil
}

// discard removes what is there of the file, as far as it can: Sweep removes the rest.
func (d *durableFile) discard() {
	if d.f != nil {
		_ = d.f.Close()
		d.f = nil
	}
	_ = os.Remove(d.path + tempSuffix)
	_ = os.Remove(d.path)
}

func (d *durableFile) sha256() string { return hex.EncodeToString(d.sum.Sum(nil)) }

// syncFile fsyncs, and turns any failure into ErrStop.
func syncFile(f *os.File, path string, faults *Faults, m *metrics) error {
	start := clock.Real().Now() // the disk's speed, whatever the product's clock says
	err := faults.sync(path)
	if err == nil {
		err = f.Sync()
	}
	m.fsync.Observe(clock.Real().Since(start).Seconds())
	if err != nil {
		return fmt.Errorf("fsync %s: %w: %w", filepath.Base(path), ErrStop, catalog.Translate(err))
	}
	return nil
}

// syncDir makes the names in a folder durable.
func syncDir(dir string, faults *Faults, m *metrics) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder to sync: %w", err)
	}
	defer f.Close()
	return syncFile(f, dir, faults, m)
}
