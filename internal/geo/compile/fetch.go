package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fetch returns a file that has the source's checksum, from the cache if it is there.
func (s source) fetch(ctx context.Context, cache string) (string, error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(cache, s.sha256[:16]+filepath.Ext(s.address))
	if s.check(path) == nil {
		return path, nil
	}
	var err error
	switch {
	case strings.HasPrefix(s.address, "npm:"):
		path, err = s.pack(ctx, cache)
	case strings.HasPrefix(s.address, "https://"):
		err = s.get(ctx, path)
	default:
		path = s.address
	}
	if err != nil {
		return "", err
	}
	return path, s.check(path)
}

// check compares a file with the pinned checksum.
func (s source) check(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return err
	}
	if got := hex.EncodeToString(digest.Sum(nil)); got != s.sha256 {
		return fmt.Errorf("its SHA-256 is %s, pinned is %s", got, s.sha256)
	}
	return nil
}

// pack lets npm fetch a package's archive.
func (s source) pack(ctx context.Context, cache string) (string, error) {
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--pack-destination", cache, strings.TrimPrefix(s.address, "npm:")) //nolint:gosec // the names are pinned in sources.txt
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("npm pack: %w", err)
	}
	return filepath.Join(cache, filepath.Base(strings.TrimSpace(string(out)))), nil
}

func (s source) get(ctx context.Context, path string) error {
	client := &http.Client{Timeout: 10 * time.Minute}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", answer.Status)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, io.LimitReader(answer.Body, 1<<30)); err != nil {
		_ = file.Close() // the first error is the one that matters
		return err
	}
	return file.Close()
}
