package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
)

// CredentialName is the name under which systemd hands over the key file
// (LoadCredential=nightjar-kek:…).
const CredentialName = "nightjar-kek"

const (
	keyPrefix = "nightjar-kek-v1:"
	keyHeader = "# Nightjar key file: it opens the sealed credentials. Keep a copy apart from the data, and show it to nobody.\n"
	// maxKeyFile is far above what two keys need; it keeps a wrong path from being read whole.
	maxKeyFile = 64 << 10
)

// keyFile is where the key-encryption keys are: a file of ours, or one that
// systemd placed in memory for us and that we cannot write.
type keyFile struct {
	path     string
	readOnly bool // a systemd credential
}

// load reads the keys; the first is the current one.
func (f keyFile) load() (ring, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	// The open file is checked, not the path: nobody can swap it in between.
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := f.checkPrivate(info); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxKeyFile {
		// Keys behind the bound would be missing.
		return nil, &nightjar.Error{
			Code:    nightjar.CodeInvalid,
			Message: fmt.Sprintf("key file %s has more than %d KiB", f.path, maxKeyFile>>10),
			Hint:    "name the key file itself with key_file, or restore it from its copy",
		}
	}
	keys, err := parseKeys(content)
	if err != nil {
		return nil, &nightjar.Error{
			Code:    nightjar.CodeInvalid,
			Message: fmt.Sprintf("key file %s holds no usable key", f.path),
			Hint:    "restore the key file from its copy; a new key cannot open what the old one sealed",
			Err:     err,
		}
	}
	return newRing(keys)
}

func (f keyFile) checkPrivate(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("key file %s is not a regular file", f.path)}
	}
	// systemd shows a credential to the unit's user through an access list,
	// whose mask appears as the group's bits; its folder is closed to others.
	forbidden := fs.FileMode(0o077)
	if f.readOnly {
		forbidden = 0o007
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		return &nightjar.Error{
			Code:    nightjar.CodeInvalid,
			Message: fmt.Sprintf("key file %s can be read or changed by others (mode %04o)", f.path, mode),
			Hint:    "run: chmod 600 " + f.path,
		}
	}
	if !f.readOnly && !ownedByUs(info) {
		return &nightjar.Error{
			Code:    nightjar.CodeInvalid,
			Message: fmt.Sprintf("key file %s belongs to another user", f.path),
			Hint:    "run: chown \"$(id -un)\" " + f.path,
		}
	}
	return nil
}

// parseKeys reads either 32 raw bytes (head -c 32 /dev/urandom) or lines of
// "nightjar-kek-v1:<base64>", comments and empty lines aside.
func parseKeys(content []byte) ([][]byte, error) {
	if len(content) == keySize && !bytes.HasPrefix(content, []byte(keyPrefix)) {
		return [][]byte{content}, nil
	}
	var keys [][]byte
	for n, line := range strings.Split(string(content), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, ok := strings.CutPrefix(line, keyPrefix)
		if !ok {
			return nil, fmt.Errorf("line %d does not begin with %s", n+1, keyPrefix)
		}
		// The decoder's own error would quote a byte of the key's text: it is left out.
		k, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(k) != keySize {
			return nil, fmt.Errorf("line %d is not the base64 of %d bytes", n+1, keySize)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("it is empty")
	}
	return keys, nil
}

func formatKeys(keys [][]byte) []byte {
	var b bytes.Buffer
	b.WriteString(keyHeader)
	for _, k := range keys {
		b.WriteString(keyPrefix + base64.StdEncoding.EncodeToString(k) + "\n")
	}
	return b.Bytes()
}

// create makes the file with one new key. When another process made it
// first, that one stands.
func (f keyFile) create() error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	return f.place([][]byte{newKey()}, func(temp string) error {
		if err := os.Link(temp, f.path); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	})
}

// replace writes keys in place of what the file holds: after a crash it holds
// either the old keys or the new ones.
func (f keyFile) replace(keys [][]byte) error {
	return f.place(keys, func(temp string) error { return os.Rename(temp, f.path) })
}

func (f keyFile) place(keys [][]byte, move func(temp string) error) (err error) {
	dir := filepath.Dir(f.path)
	temp, err := os.CreateTemp(dir, ".key-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		_ = temp.Close()
		_ = os.Remove(temp.Name()) // gone already after a rename
	}()
	if _, err := temp.Write(formatKeys(keys)); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := move(temp.Name()); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

func newKey() []byte {
	k := make([]byte, keySize)
	_, _ = rand.Read(k) // never fails: crypto/rand ends the process instead
	return k
}
