package geo

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// install unpacks a data file, checks all of it, and puts it in its place.
func (u *Updater) install(ctx context.Context, in io.Reader, e edition) (Updated, error) {
	unpacked, rest, err := unpackStream(in)
	if err != nil {
		return Updated{}, damaged(err)
	}
	temp, err := u.temp()
	if err != nil {
		return Updated{}, err
	}
	defer temp.discard()
	n, err := temp.copy(unpacked, u.cfg.MaxBytes)
	if err == nil {
		_, err = io.Copy(io.Discard, rest) // gzip checks its sum at the very end
	}
	if err != nil {
		if nightjar.CodeOf(err) == nightjar.CodeLimit || nightjar.CodeOf(err) == nightjar.CodeDiskFull {
			return Updated{}, err
		}
		return Updated{}, damaged(err)
	}
	d, err := openFile(temp.path, false)
	if err != nil {
		return Updated{}, damaged(err)
	}
	if err := d.verify(); err != nil {
		return Updated{}, damaged(err)
	}
	if err := ctx.Err(); err != nil {
		return Updated{}, err
	}
	name, err := d.holds.fileName(e.data)
	if err != nil {
		return Updated{}, err
	}
	to := filepath.Join(u.cfg.Folder, name)
	done := Updated{Data: d.source.String(), Path: to, Built: d.source.Built, Bytes: n}
	if old, err := openFile(to, false); err == nil && !d.source.Built.After(old.source.Built) && e.data != "" && old.source.Name == d.source.Name {
		done.Unchanged = true
		return done, nil
	}
	return done, temp.publish(to)
}

func damaged(err error) error {
	return &nightjar.Error{
		Code: nightjar.CodeCorrupt, Message: "what came is not usable address data",
		Hint: "try again; the data that were there still answer", Err: err,
	}
}

// verify walks the whole tree and reads every record of it. The library's own
// Verify also refuses files that only lack a description, which some publishers' do.
func (d *database) verify() (err error) {
	if d.source.Built.IsZero() {
		return errors.New("it does not say when it was made")
	}
	defer func() { err = errors.Join(err, faulted(recover())) }()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for result := range d.reader.Networks() {
		if _, err := d.decode(result); err != nil {
			return fmt.Errorf("read the record of %s: %w", result.Prefix(), err)
		}
	}
	return nil
}

// fileName is where a file belongs: one for each job, so that a newer one, also
// of another publisher, replaces the older one for good.
func (h holdings) fileName(data string) (string, error) {
	switch {
	case h.Cities && data != "asn":
		return "city.mmdb", nil
	case h.Networks && data != "city":
		return "asn.mmdb", nil
	case h.Places && data == "":
		return "country.mmdb", nil
	}
	return "", damaged(fmt.Errorf("it has no %s data", data))
}

// unpackStream undoes gzip and tar, as far as there are any. rest is what
// comes behind the file.
func unpackStream(in io.Reader) (file, rest io.Reader, err error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	if magic, _ := buffered.Peek(2); string(magic) != "\x1f\x8b" {
		return buffered, buffered, nil
	}
	plain, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, nil, err
	}
	inner := bufio.NewReaderSize(plain, 64<<10)
	// "ustar" stands at offset 257 of a tar archive (POSIX.1-1988).
	if head, _ := inner.Peek(262); len(head) < 262 || string(head[257:]) != "ustar" {
		return inner, inner, nil
	}
	archive := tar.NewReader(inner)
	for {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, nil, errors.New("the archive holds no .mmdb file")
		}
		if err != nil {
			return nil, nil, err
		}
		if entry.Typeflag == tar.TypeReg && strings.HasSuffix(entry.Name, ".mmdb") {
			return archive, inner, nil
		}
	}
}

// tempFile becomes a file of the folder at once or never.
type tempFile struct {
	path string
	file *os.File
}

// temp begins a file. Its name has a dot in front, so that nobody reads it.
func (u *Updater) temp() (*tempFile, error) {
	if err := os.MkdirAll(u.cfg.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of address data: %w", err)
	}
	file, err := os.CreateTemp(u.cfg.Folder, ".update-*")
	if err != nil {
		return nil, fmt.Errorf("begin a file in the folder of address data: %w", err)
	}
	return &tempFile{file.Name(), file}, nil
}

// copy fills the file, with at most limit bytes, and makes it durable.
func (t *tempFile) copy(in io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(t.file, io.LimitReader(in, limit+1))
	if err == nil && n > limit {
		err = tooLarge(limit)
	}
	if err == nil {
		err = t.file.Sync()
	}
	if closing := t.file.Close(); err == nil {
		err = closing
	}
	return n, err
}

// publish gives the file its name.
func (t *tempFile) publish(to string) error {
	if err := os.Rename(t.path, to); err != nil {
		return fmt.Errorf("put the file in its place: %w", err)
	}
	t.path = ""
	folder, err := os.Open(filepath.Dir(to))
	if err != nil {
		return nil //nolint:nilerr // the file is there; only a power cut this moment would take it back
	}
	_ = folder.Sync() // as above, and not every system can do it
	return folder.Close()
}

// discard removes what was not published.
func (t *tempFile) discard() {
	_ = t.file.Close() // it may be closed already
	if t.path != "" {
		_ = os.Remove(t.path) // a left-over is never read
	}
}
