package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// HeadFileName is the file in the data directory that holds the newest head.
const HeadFileName = "audit.head"

// holds reports whether a head that was kept is part of the log still.
func (l *Log) holds(ctx context.Context, h Head) (bool, error) {
	if h.Seq == 0 {
		return true, nil
	}
	var hashes []string
	if err := l.db.NewRaw(sqlHashOf, h.Seq).Scan(ctx, &hashes); err != nil {
		return false, fmt.Errorf("read entry %d of the audit log: %w", h.Seq, catalog.Translate(err))
	}
	end, err := l.Head(ctx)
	return err == nil && len(hashes) == 1 && hashes[0] == h.Hash && end.Seq >= h.Seq, err
}

// recall reads the head that an earlier process kept. One that cannot be read
// is no reason to trust the log: it may have been spoilt to hide what it proves.
// It stays where it is until somebody mends it or takes it away.
func (w *Watch) recall(ctx context.Context) {
	if w.file == "" {
		return
	}
	text, err := os.ReadFile(w.file)
	if errors.Is(err, fs.ErrNotExist) {
		w.unread = false
		return
	}
	var h Head
	if err == nil {
		h, err = ParseHead(string(text))
	}
	if err != nil {
		w.out.ErrorContext(ctx, "the kept head of the audit log cannot be read", "file", w.file, "error", err)
		w.unread = true
		w.warnUnread()
		return
	}
	w.kept, w.written, w.unread = h, h, false
}

func (w *Watch) warnUnread() {
	w.warn(0, "the head that was kept in "+HeadFileName+" cannot be read")
}

// keep keeps the newest head, unless the one that was kept before is gone from
// the log: that one is the proof, and a closer look says what is wrong.
func (w *Watch) keep(ctx context.Context) {
	if w.unread {
		if w.recall(ctx); w.unread {
			return
		}
		w.Look(ctx) // it may be whole
	}
	ok, err := w.log.holds(ctx, w.kept)
	if err == nil && !ok {
		w.Look(ctx)
		return
	}
	h, headErr := w.log.Head(ctx)
	if err != nil || headErr != nil || h.Seq == 0 {
		return // the next minute tells; the check of the catalog says what is wrong with it
	}
	w.kept = h
	// A closer look moves what is kept here and not the file; and a disk that
	// was full may have room again.
	if w.file == "" || h == w.written {
		return
	}
	if err := writeHead(w.file, h); err != nil {
		w.out.ErrorContext(ctx, "the head of the audit log cannot be kept", "file", w.file, "error", err)
		return
	}
	w.written = h
}

// writeHead replaces the file at once: a crash leaves the old head or the new.
func writeHead(file string, h Head) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, h)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
