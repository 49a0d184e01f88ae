package catalog

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// flock takes the exclusive lock on a byte far behind the pid, so that another
// process can still read who holds it.
func flock(f *os.File) (held bool, err error) {
	behind := &windows.Overlapped{OffsetHigh: 1}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, behind)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
