package secret

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
)

const (
	contoso  = nightjar.TenantID("11111111-1111-4111-8111-111111111111")
	fabrikam = nightjar.TenantID("22222222-2222-4222-8222-222222222222")
	canary   = "canary-8fK~s3cr3t-value"
)

type bundle struct {
	t    *testing.T
	dir  string
	cfg  VaultConfig
	db   *catalog.DB
	v    *Vault
	dbAt string
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{t: t, dir: t.TempDir()}
	b.dbAt = filepath.Join(b.dir, "catalog.db")
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: b.dbAt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b.db = db
	b.cfg = VaultConfig{Catalog: db, KeyFile: filepath.Join(b.dir, "keys", "nightjar.key"), Create: true}
	b.v = b.open()
	return b
}

func (b *bundle) open() *Vault {
	b.t.Helper()
	v, err := OpenVault(b.t.Context(), b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *bundle) seal(tenant nightjar.TenantID, name, text string) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx bun.Tx) error { return b.v.Seal(ctx, tx, tenant, name, New(text)) })
}

func (b *bundle) tx(fn func(context.Context, bun.Tx) error) {
	b.t.Helper()
	if err := b.db.InTx(b.t.Context(), fn); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) exec(query string, args ...any) {
	b.t.Helper()
	if _, err := b.db.NewRaw(query, args...).Exec(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) wantOpens(v *Vault, tenant nightjar.TenantID, name, want string) {
	b.t.Helper()
	got, err := v.Open(b.t.Context(), tenant, name)
	if err != nil {
		b.t.Fatalf("open %s of %s: %v", name, tenant, err)
	}
	if got.Reveal() != want {
		b.t.Fatalf("open %s of %s: another text came back", name, tenant)
	}
}

func wantCode(t *testing.T, err error, code nightjar.Code) {
	t.Helper()
	if got := nightjar.CodeOf(err); got != code {
		t.Fatalf("got code %q, want %q; error: %v", got, code, err)
	}
}

func TestVaultGivesBackWhatWasSealed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.seal(contoso, "client_secret", canary)
	b.seal(fabrikam, "client_secret", "another")
	b.wantOpens(b.v, contoso, "client_secret", canary)
	b.wantOpens(b.open(), fabrikam, "client_secret", "another")

	b.seal(contoso, "client_secret", "renewed")
	b.wantOpens(b.v, contoso, "client_secret", "renewed")
	list, err := b.v.List(t.Context(), contoso)
	if err != nil || len(list) != 1 || list[0].Version != 2 {
		t.Fatalf("list: %+v, %v", list, err)
	}

	_, err = b.v.Open(t.Context(), contoso, "private_key")
	wantCode(t, err, nightjar.CodeNotFound)
}

func TestNoFileHoldsThePlainText(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.seal(contoso, "client_secret", canary)
	b.seal(contoso, "client_secret", canary+"2")
	b.exec("VACUUM INTO ?", filepath.Join(b.dir, "backup.db"))
	if err := b.v.RotateDEK(t.Context(), contoso); err != nil {
		t.Fatal(err)
	}
	if _, err := b.v.RotateKEK(t.Context()); err != nil {
		t.Fatal(err)
	}
	looked := 0
	err := filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), "canary") {
			t.Errorf("%s holds the canary", filepath.Base(path))
		}
		looked++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 4 { // catalog, its log, the backup, the key file
		t.Fatalf("only %d files were looked at", looked)
	}
}

func TestMovedOrChangedCiphertextIsRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"to another tenant": `UPDATE secret_values SET sealed = (SELECT sealed FROM secret_values WHERE tenant = '` + string(fabrikam) + `')
			WHERE tenant = '` + string(contoso) + `' AND name = 'client_secret'`,
		"to another name":      `UPDATE secret_values SET sealed = (SELECT sealed FROM secret_values WHERE name = 'private_key') WHERE name = 'client_secret' AND tenant = '` + string(contoso) + `'`,
		"to another version":   `UPDATE secret_values SET version = 7`,
		"key of another":       `UPDATE secret_keys SET wrapped = (SELECT wrapped FROM secret_keys WHERE tenant = '` + string(fabrikam) + `')`,
		"cut short":            `UPDATE secret_values SET sealed = 'AAAA'`,
		"not even base64":      `UPDATE secret_values SET sealed = '*'`,
		"another data key's":   `UPDATE secret_values SET key_id = 'ffff'`,
		"another key's wrap":   `UPDATE secret_keys SET key_id = 'ffff'`,
		"last byte overturned": `UPDATE secret_values SET sealed = substr(sealed, 1, length(sealed) - 4) || 'AAA='`,
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.seal(contoso, "client_secret", canary)
			b.seal(contoso, "private_key", "key")
			b.seal(fabrikam, "client_secret", "another")
			b.exec(change)
			_, err := b.v.Open(t.Context(), contoso, "client_secret")
			wantCode(t, err, nightjar.CodeCorrupt)
		})
	}
}

func TestForgottenTenantIsUnreadableWithItsCiphertextRestored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.seal(contoso, "client_secret", canary)
	b.seal(fabrikam, "client_secret", "another")
	copyAt := filepath.Join(b.dir, "old.db")
	b.exec("VACUUM INTO ?", copyAt)
	b.tx(func(ctx context.Context, tx bun.Tx) error { return b.v.Forget(ctx, tx, contoso) })
	_, err := b.v.Open(t.Context(), contoso, "client_secret")
	wantCode(t, err, nightjar.CodeNotFound)
	b.wantOpens(b.v, fabrikam, "client_secret", "another")

	// The backup still holds the wrapped key; after a rotation nothing opens it.
	if _, err := b.v.RotateKEK(t.Context()); err != nil {
		t.Fatal(err)
	}
	old, err := catalogtest.Open(t.Context(), catalog.Config{Path: copyAt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = old.Close() })
	_, err = OpenVault(t.Context(), VaultConfig{Catalog: old, KeyFile: b.cfg.KeyFile})
	wantCode(t, err, nightjar.CodeConflict)
}

func TestRotationsKeepEverySecretReadable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.seal(contoso, "client_secret", canary)
	b.seal(fabrikam, "private_key", "key")
	before, err := os.ReadFile(b.cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	other := b.open() // another process that loaded the old key
	r, err := b.v.RotateKEK(t.Context())
	if err != nil || r.Tenants != 2 {
		t.Fatalf("rotation: %+v, %v", r, err)
	}
	if err := b.v.RotateDEK(t.Context(), contoso); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(b.cfg.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) == string(after) {
		t.Fatal("the key file did not change")
	}
	for _, v := range []*Vault{b.v, other, b.open()} {
		b.wantOpens(v, contoso, "client_secret", canary)
		b.wantOpens(v, fabrikam, "private_key", "key")
	}
	wantCode(t, b.v.RotateDEK(t.Context(), "33333333-3333-4333-8333-333333333333"), nightjar.CodeNotFound)
}

// Each step of a rotation is a point where the process may die. The state it
// leaves behind must open, and the next rotation must finish the work.
func TestInterruptedRotationIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	steps := map[string]func(b *bundle) error{
		"after the new key is written": func(b *bundle) error {
			_, err := b.v.addKey(b.t.Context())
			return err
		},
		"after the data keys are wrapped": func(b *bundle) error {
			r, err := b.v.addKey(b.t.Context())
			if err != nil {
				return err
			}
			_, err = b.v.rewrap(b.t.Context(), r.current())
			return err
		},
		"within the wrapping": func(b *bundle) error {
			r, err := b.v.addKey(b.t.Context())
			if err != nil {
				return err
			}
			died := errors.New("died")
			err = b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := b.v.putKey(ctx, tx, contoso, r.current(), newKey(), "half"); err != nil {
					return err
				}
				return died
			})
			if errors.Is(err, died) {
				return nil
			}
			return err
		},
	}
	for name, die := range steps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.seal(contoso, "client_secret", canary)
			if err := die(b); err != nil {
				t.Fatal(err)
			}
			b.v = b.open()
			b.wantOpens(b.v, contoso, "client_secret", canary)
			want := b.v.ring.current().id
			r, err := b.v.RotateKEK(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r.KeyID != want {
				t.Errorf("a further key was made in place of finishing with %s", want)
			}
			b.wantOpens(b.open(), contoso, "client_secret", canary)
			if n := len(b.open().ring); n != 1 {
				t.Errorf("the key file holds %d keys", n)
			}
		})
	}
}

func TestSealingWhileKeysRotateLosesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.open()
	done := make(chan error, 1)
	go func() {
		for range 5 {
			if _, err := b.v.RotateKEK(t.Context()); err != nil && nightjar.CodeOf(err) != nightjar.CodeIncomplete {
				done <- err
				return
			}
		}
		done <- nil
	}()
	names := []string{"a", "b", "c", "d", "e", "f"}
	for _, n := range names {
		b.tx(func(ctx context.Context, tx bun.Tx) error {
			return other.Seal(ctx, tx, nightjar.TenantID(n), "client_secret", New(canary+n))
		})
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	v := b.open()
	for _, n := range names {
		b.wantOpens(v, nightjar.TenantID(n), "client_secret", canary+n)
	}
}
