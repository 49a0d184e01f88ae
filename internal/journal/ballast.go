package journal

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// The ballast is a file that is given up when the disk is full, so that the
// catalog can still write down what is wrong.
const (
	ballastName  = "ballast"
	ballastBytes = 8 << 20
)

// dropBallast frees the ballast's space when err says that the disk is full.
func (j *Journal) dropBallast(err error) error {
	if nightjar.CodeOf(err) == nightjar.CodeDiskFull {
		removeQuietly(filepath.Join(j.dir, ballastName))
	}
	return err
}

// keepBallast writes the ballast when it is absent and there is ample space.
func (j *Journal) keepBallast(free uint64) error {
	path := filepath.Join(j.dir, ballastName)
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) || free < 16*ballastBytes {
		return err
	}
	// Real bytes: a file with a hole would hold no space.
	err := os.WriteFile(path, make([]byte, ballastBytes), 0o600)
	if err != nil {
		removeQuietly(path)
	}
	return catalog.Translate(err)
}

// removeQuietly removes a file that nothing names. When it stays, Sweep removes it.
func removeQuietly(path string) { _ = os.Remove(path) }
