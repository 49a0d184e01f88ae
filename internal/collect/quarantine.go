package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

// keptBody passes on the bytes of a blob and keeps them in a temporary file,
// compressed: a body that inflates to a gigabyte is small again on disk.
type keptBody struct {
	r     io.Reader
	limit int64
	file  *os.File
	gz    *gzip.Writer
	bytes int64
	err   error // of the file
}

func (c *Collector) keepBody(r io.Reader) (*keptBody, error) {
	dir := c.cfg.quarantineDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the quarantine: %w", catalog.Translate(err))
	}
	f, err := os.CreateTemp(dir, "tmp-*")
	if err != nil {
		return nil, fmt.Errorf("create a file in the quarantine: %w", catalog.Translate(err))
	}
	gz, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return &keptBody{r: r, limit: c.opt.QuarantineMax, file: f, gz: gz}, nil
}

// Read reads from the body and keeps what it read.
func (k *keptBody) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if keep := min(int64(n), k.limit-k.bytes); keep > 0 && k.err == nil {
		_, k.err = k.gz.Write(p[:keep])
	}
	k.bytes += int64(n)
	if k.err != nil {
		return n, k.err
	}
	return n, err
}

// keep reads the rest of the body and puts the file in place, durably.
func (k *keptBody) keep(path string) error {
	// The decoder stopped where the content went wrong; the rest is evidence
	// too. How the body ends does not matter any more.
	if k.r != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(k, max(k.limit-k.bytes, 0)))
	}
	err := errors.Join(k.err, k.gz.Close())
	if err == nil {
		err = place(k.file, path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, catalog.Translate(err))
	}
	k.file = nil
	return nil
}

// discard drops the file unless it was kept.
func (k *keptBody) discard() {
	if k.file == nil {
		return
	}
	_ = k.file.Close()           // it is dropped
	_ = os.Remove(k.file.Name()) // what remains is swept at the next start
	k.file = nil
}

// place makes a written temporary file durable under its name.
func place(f *os.File, path string) error {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	// gofail: var collectBeforeQuarantine struct{}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	// gofail: var collectAfterQuarantine struct{}
	return nil
}

// makeFolder makes a folder quarantine/tenant/feed and syncs the three above
// it: a file in a folder whose own name is not durable is not durable.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for range 3 {
		dir = filepath.Dir(dir)
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// quarantinePath names a file after the blob. Content ids hold '$' and are
// long, so the name is a hash; the ledger has both.
func quarantinePath(e entry, suffix string) string {
	sum := sha256.Sum256([]byte(e.ID))
	return filepath.Join("quarantine", string(e.Tenant), string(e.Feed), hex.EncodeToString(sum[:12])+suffix)
}

// quarantine keeps a blob that cannot be read: its bytes as received, or for
// one that could not be asked for, its listing. Then the ledger says so.
func (f *feedRun) quarantine(ctx context.Context, p *pass, cause error) error {
	e := p.e
	rel := quarantinePath(e, ".blob.gz")
	if p.body == nil {
		listing, err := json.Marshal(e.blob())
		if err != nil {
			return err
		}
		if p.body, err = f.c.keepBody(nil); err != nil {
			return err
		}
		rel = quarantinePath(e, ".listing.gz")
		p.body.bytes, p.body.limit = int64(len(listing)), 0
		if _, err := p.body.gz.Write(listing); err != nil {
			return err
		}
	}
	if err := p.body.keep(filepath.Join(f.c.cfg.DataDir, rel)); err != nil {
		return err
	}
	now := f.c.clock.Now()
	e = failed(e, cause)
	e.State, e.NextAttempt = nightjar.BlobQuarantined, 0
	if e.FetchedAt == 0 {
		e.FetchedAt = catalog.Micros(p.received)
	}
	e.Bytes = p.body.bytes
	err := f.c.cfg.Catalog.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := f.c.ledger.write(ctx, tx, []entry{e}); err != nil {
			return err
		}
		return insertQuarantine(ctx, tx, quarantined{
			Tenant: e.Tenant, Feed: e.Feed, ID: e.ID, Path: filepath.ToSlash(rel), Whole: 1,
			Bytes: p.body.bytes, Reason: reason(cause), Added: catalog.Micros(now),
		})
	})
	if err != nil {
		return fmt.Errorf("record a blob in quarantine: %w", catalog.Translate(err))
	}
	f.mu.Lock()
	n := f.status.Quarantined + 1
	f.mu.Unlock()
	f.warn(nightjar.WarnBlobQuarantined, map[string]string{"count": count(n)})
	return nil
}

// refusedFile collects the records of one fetch that must not enter the
// journal, one a line.
type refusedFile struct {
	p       *pass
	file    *os.File
	final   string // relative to the data folder; set once durable
	records int64
	bytes   int64
	reason  string
}

// refuse puts one record into quarantine: it names another tenant, is not a
// JSON object, or not UTF-8. Its neighbours go on.
func (p *pass) refuse(raw []byte, cause error) error {
	label := "not_an_object"
	switch {
	case errors.Is(cause, normalise.ErrWrongTenant):
		label = "wrong_tenant"
	case errors.Is(cause, normalise.ErrNotUTF8):
		label = "not_utf8"
	}
	if p.refused == nil {
		dir := p.f.c.cfg.quarantineDir()
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create the quarantine: %w", catalog.Translate(err))
		}
		file, err := os.CreateTemp(dir, "tmp-*")
		if err != nil {
			return fmt.Errorf("create a file in the quarantine: %w", catalog.Translate(err))
		}
		p.refused = &refusedFile{p: p, file: file, reason: reason(cause)}
	}
	r := p.refused
	n, err := r.file.Write(append(slices.Clip(raw), '\n'))
	if err != nil {
		return fmt.Errorf("write to the quarantine: %w", catalog.Translate(err))
	}
	r.records++
	r.bytes += int64(n)
	if p.second && r.records <= p.e.Refused {
		return nil // counted by the first fetch
	}
	p.f.c.metrics.quarantined.WithLabelValues(string(p.f.tenant.ID), string(p.f.feed), label).Inc()
	return nil
}

// sync makes what was written so far durable under its name and returns the
// row that belongs to it. Called again for each piece of a large blob.
func (r *refusedFile) sync() ([]quarantined, error) {
	if r.final == "" {
		suffix := ".records.ndjson"
		if r.p.second {
			suffix = ".again.ndjson" // beside what the first fetch kept
		}
		rel := quarantinePath(r.p.e, suffix)
		path := filepath.Join(r.p.f.c.cfg.DataDir, rel)
		if err := makeFolder(filepath.Dir(path)); err != nil {
			return nil, fmt.Errorf("create the quarantine: %w", catalog.Translate(err))
		}
		if err := os.Rename(r.file.Name(), path); err != nil {
			return nil, fmt.Errorf("name a file in the quarantine: %w", catalog.Translate(err))
		}
		r.final = rel
	}
	path := filepath.Join(r.p.f.c.cfg.DataDir, r.final)
	if err := errors.Join(r.file.Sync(), syncDir(filepath.Dir(path))); err != nil {
		return nil, fmt.Errorf("write %s: %w", r.final, catalog.Translate(err))
	}
	e := r.p.e
	r.p.f.warn(nightjar.WarnEventsDiscarded, map[string]string{"count": count(r.records), "reason": r.reason})
	return []quarantined{{
		Tenant: e.Tenant, Feed: e.Feed, ID: e.ID, Path: filepath.ToSlash(r.final),
		Records: r.records, Bytes: r.bytes, Reason: r.reason, Added: catalog.Micros(r.p.f.c.clock.Now()),
	}}, nil
}

// close ends the file; without a name it is dropped.
func (r *refusedFile) close() {
	if r.final == "" {
		_ = os.Remove(r.file.Name()) // swept at the next start otherwise
	}
	_ = r.file.Close() // what matters was synced
}

// sweepQuarantine removes what an interrupted fetch left.
func (c *Collector) sweepQuarantine() error {
	left, err := filepath.Glob(filepath.Join(c.cfg.quarantineDir(), "tmp-*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("sweep the quarantine: %w", err)
		}
	}
	return nil
}
