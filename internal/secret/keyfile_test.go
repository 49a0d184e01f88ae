package secret

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
)

func TestKeyFileIsCreatedPrivate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	info, err := os.Stat(b.cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %04o", info.Mode().Perm())
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(b.cfg.KeyFile), ".key-*"))
	if err != nil || len(left) > 0 {
		t.Fatalf("temporary files are left: %v %v", left, err)
	}
}

func TestKeyFileThatOthersCanReadIsRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o666} {
		b := setup(t)
		if err := os.Chmod(b.cfg.KeyFile, mode); err != nil {
			t.Fatal(err)
		}
		_, err := OpenVault(t.Context(), b.cfg)
		wantCode(t, err, nightjar.CodeInvalid)
		if hint := nightjar.HintOf(err); !strings.HasPrefix(hint, "run: chmod 600 ") {
			t.Errorf("mode %04o: hint %q", mode, hint)
		}
		if err := b.v.Healthy(t.Context()); err == nil {
			t.Errorf("mode %04o: a running vault calls itself healthy", mode)
		}
	}
}

// TestALargeKeyFileIsRefused has a key in front of the bound and one behind it,
// which what is sealed may need.
func TestALargeKeyFileIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, err := os.ReadFile(b.cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	large := string(one) + strings.Repeat("# nothing\n", maxKeyFile/10) + string(one)
	if err := os.WriteFile(b.cfg.KeyFile, []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = OpenVault(t.Context(), b.cfg)
	wantCode(t, err, nightjar.CodeInvalid)
	if !strings.Contains(err.Error(), "more than 64 KiB") || nightjar.HintOf(err) == "" {
		t.Errorf("error %v, hint %q", err, nightjar.HintOf(err))
	}
}

func TestKeyFileOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs the right to give a file to another user")
	}
	b := setup(t)
	if err := os.Chown(b.cfg.KeyFile, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	_, err := OpenVault(t.Context(), b.cfg)
	wantCode(t, err, nightjar.CodeInvalid)
	if !strings.Contains(err.Error(), "another user") {
		t.Errorf("error %v", err)
	}
}

func TestMissingKeyFileIsNeverReplacedWhileSecretsNeedIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.seal(contoso, "client_secret", canary)
	if err := os.Remove(b.cfg.KeyFile); err != nil {
		t.Fatal(err)
	}
	_, err := OpenVault(t.Context(), b.cfg)
	wantCode(t, err, nightjar.CodeNotFound)
	if _, err := os.Stat(b.cfg.KeyFile); err == nil {
		t.Fatal("a new key file was made")
	}
}

func TestKeyOfAnotherInstallationIsNamed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.seal(contoso, "client_secret", canary)
	if err := os.WriteFile(b.cfg.KeyFile, formatKeys([][]byte{newKey()}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenVault(t.Context(), b.cfg)
	wantCode(t, err, nightjar.CodeConflict)
	if !strings.Contains(err.Error(), b.v.ring.current().id) {
		t.Errorf("the error does not name the key that is needed: %v", err)
	}
}

func TestSystemdCredentialIsUsedAndNeverWritten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.cfg.CredentialsDir = t.TempDir()
	path := filepath.Join(b.cfg.CredentialsDir, CredentialName)
	raw := newKey() // 32 raw bytes, as head -c 32 /dev/urandom gives
	if err := os.WriteFile(path, raw, 0o440); err != nil {
		t.Fatal(err)
	}
	b.v = b.open()
	b.seal(contoso, "client_secret", canary)
	_, err := b.v.RotateKEK(t.Context())
	wantCode(t, err, nightjar.CodeInvalid)

	lines := keyPrefix + base64.StdEncoding.EncodeToString(newKey()) + "\n" + keyPrefix + base64.StdEncoding.EncodeToString(raw) + "\n"
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(lines), 0o440); err != nil {
		t.Fatal(err)
	}
	if _, err := b.v.RotateKEK(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != lines {
		t.Fatalf("the credential was written: %v", err)
	}
	newOnly, _, _ := strings.Cut(lines, "\n")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(newOnly), 0o440); err != nil {
		t.Fatal(err)
	}
	b.wantOpens(b.open(), contoso, "client_secret", canary)

	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	_, err = OpenVault(t.Context(), b.cfg)
	wantCode(t, err, nightjar.CodeInvalid)
}

func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte(keyHeader + "\n"))
	f.Add(formatKeys([][]byte{newKey(), newKey()}))
	f.Add([]byte(strings.Repeat("k", keySize)))
	f.Fuzz(func(t *testing.T, content []byte) {
		keys, err := parseKeys(content)
		if err != nil {
			return
		}
		r, err := newRing(keys)
		if err != nil || len(r) == 0 {
			t.Fatalf("accepted keys do not make a ring: %v", err)
		}
		again, err := parseKeys(formatKeys(keys))
		if err != nil || len(again) != len(keys) {
			t.Fatalf("what was written does not read: %v", err)
		}
	})
}
