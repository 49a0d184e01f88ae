package catalog

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// lockName is the file in data_dir that the one writing process holds.
const lockName = "nightjar.lock"

// DirLock is the right to write into a data directory.
type DirLock struct{ f *os.File }

// Lock takes the data directory for this process. When another one holds it,
// the error has CodeConflict and names its process id.
func Lock(dir string) (*DirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cannotCreate(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", Translate(err))
	}
	held, err := flock(f)
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("lock data directory %s: %w", dir, err)
	}
	if held {
		holder := readPID(f)
		_ = f.Close() // nothing was written
		return nil, &nightjar.Error{
			Code:    nightjar.CodeConflict,
			Message: fmt.Sprintf("another nightjar (process %s) writes to %s", holder, dir),
			Hint:    "stop that process, or give this one another data_dir",
		}
	}
	if err := f.Truncate(0); err == nil {
		// The process id is for people; the lock holds without it, also on a full disk.
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &DirLock{f: f}, nil
}

// Unlock gives the directory back.
func (l *DirLock) Unlock() error { return l.f.Close() }

func readPID(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	pid := strings.TrimSpace(string(b))
	if err != nil || pid == "" {
		return "unknown"
	}
	return pid
}
