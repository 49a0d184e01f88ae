package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"

	"github.com/klauspost/compress/gzip"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// sideBySide is how many fetches run at a time, as many as Nightjar's default.
const sideBySide = 64

// fetched is what a floor did.
type fetched struct {
	Blobs int
	Bytes int64 // of JSON
}

// floor is a process: it fetches the blobs of an errand and checks that each
// is valid JSON. Nobody who reads a blob does less. Buffers are used again, so
// that it allocates next to nothing, and the client is Nightjar's own.
func floor(ctx context.Context, file string) error {
	var e errand
	if err := readJSON(file, &e); err != nil {
		return err
	}
	client, err := m365.NewHTTPClient(nightjar.Cloud{Name: "bench", CAFile: e.CAFile}, m365.HTTPOptions{Proxy: "direct"})
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	var (
		mu    sync.Mutex
		total fetched
		first error
		group sync.WaitGroup
	)
	work := make(chan string)
	for range sideBySide {
		group.Go(func() {
			var r reader
			for address := range work {
				n, err := r.check(ctx, client, address, e.Token)
				mu.Lock()
				total.Blobs++
				total.Bytes += n
				if err != nil && first == nil {
					first = err
				}
				mu.Unlock()
			}
		})
	}
	for _, address := range e.Blobs {
		work <- address
	}
	close(work)
	group.Wait()
	if first != nil {
		return first
	}
	return json.NewEncoder(os.Stdout).Encode(total)
}

// reader keeps what one fetch after the other can use.
type reader struct {
	body  bytes.Buffer
	unzip gzip.Reader
}

func (r *reader) check(ctx context.Context, client *http.Client, address, token string) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, fmt.Errorf("make a request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("fetch: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("fetch: %s", answer.Status)
	}
	var body io.Reader = answer.Body
	if answer.Header.Get("Content-Encoding") == "gzip" {
		if err := r.unzip.Reset(answer.Body); err != nil {
			return 0, fmt.Errorf("unzip: %w", err)
		}
		body = &r.unzip
	}
	r.body.Reset()
	if _, err := r.body.ReadFrom(body); err != nil {
		return 0, fmt.Errorf("read: %w", err)
	}
	if !json.Valid(r.body.Bytes()) {
		return 0, fmt.Errorf("not JSON: %s", address)
	}
	return int64(r.body.Len()), nil
}
