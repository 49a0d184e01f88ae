//go:build unix

package catalog

import (
	"errors"
	"os"
	"syscall"
)

// flock takes the exclusive lock on f without waiting. The kernel drops it when
// the process ends, however it ends: a kill -9 leaves no stale lock.
func flock(f *os.File) (held bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
