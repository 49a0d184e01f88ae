package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// runningName is the file that exists while a daemon runs, and holds the time
// when it started. Finding it at a start means that the last run ended
// without closing.
const runningName = "running"

// markRunning writes the marker and returns when the previous run started, if
// that run did not close; otherwise the zero time.
func markRunning(dir string, now time.Time) (unclean time.Time, err error) {
	path := filepath.Join(dir, runningName)
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, fmt.Errorf("read the marker of the last run: %w", err)
	}
	if err == nil {
		if unclean, err = time.Parse(time.RFC3339, strings.TrimSpace(string(old))); err != nil {
			unclean = time.Unix(0, 0).UTC() // an empty marker: the machine died while it was written
		}
	}
	if err := os.WriteFile(path, []byte(now.Format(time.RFC3339)+"\n"), 0o600); err != nil {
		return time.Time{}, fmt.Errorf("mark the run: %w", err)
	}
	return unclean, nil
}

func unmarkRunning(dir string) error { return os.Remove(filepath.Join(dir, runningName)) }
