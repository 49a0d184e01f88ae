package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/nightjar-sec/nightjar"
)

// standardInput is what standard input is called in sentences.
const standardInput = "standard input"

// readWhole reads all that name holds. More than limit bytes are refused: what
// is cut off would be lost, and the rest may mean something else.
func readWhole(in io.Reader, name string, limit int64, hint string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		size := fmt.Sprintf("%d KiB", limit>>10)
		if limit >= 1<<20 {
			size = fmt.Sprintf("%d MiB", limit>>20)
		}
		return nil, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("%s holds more than %s, and nothing of it was taken", name, size), Hint: hint}
	}
	return data, nil
}

// readWholeFile is readWhole of a file.
func readWholeFile(name string, limit int64, hint string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return readWhole(f, name, limit, hint)
}
