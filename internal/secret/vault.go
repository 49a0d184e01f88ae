package secret

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// VaultConfig is what a Vault needs.
type VaultConfig struct {
	Catalog *catalog.DB
	Clock   clock.Clock
	// KeyFile is the path of the key file. It should lie outside of what is
	// backed up with the data.
	KeyFile string
	// CredentialsDir is $CREDENTIALS_DIRECTORY. When it holds CredentialName,
	// that is the key file and KeyFile is not looked at.
	CredentialsDir string
	// Create makes a missing key file, unless secrets are sealed already.
	Create bool
}

// Vault keeps secrets sealed: AES-256-GCM under a key per tenant, which is
// itself sealed under the key-encryption key of the key file. What belongs to
// no tenant is sealed under a key of nightjar.Installation. What it seals is
// bound to tenant, name and version. It is safe for concurrent use.
type Vault struct {
	db    *catalog.DB
	clock clock.Clock
	file  keyFile

	mu   sync.Mutex // guards ring, and keeps one rotation at a time
	ring ring
}

// Sealed describes a secret without showing it.
type Sealed struct {
	Name    string    `json:"name"`
	Version int64     `json:"version"`
	Created time.Time `json:"created"`
}

// OpenVault loads the key file. It refuses one that others can read, and one
// that cannot open what is sealed in the catalog.
func OpenVault(ctx context.Context, cfg VaultConfig) (*Vault, error) {
	if cfg.Catalog == nil {
		return nil, errors.New("a vault needs a catalog")
	}
	v := &Vault{db: cfg.Catalog, clock: cfg.Clock, file: keyFile{path: cfg.KeyFile}}
	if cfg.CredentialsDir != "" {
		path := filepath.Join(cfg.CredentialsDir, CredentialName)
		if _, err := os.Stat(path); err == nil {
			v.file = keyFile{path: path, readOnly: true}
		}
	}
	if v.file.path == "" {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "no key file is configured", Hint: "set key_file"}
	}
	var sealedBy []string
	if err := v.db.NewRaw(sqlKEKs).Scan(ctx, &sealedBy); err != nil {
		return nil, fmt.Errorf("read key ids: %w", err)
	}
	r, err := v.file.load()
	if errors.Is(err, fs.ErrNotExist) {
		if r, err = v.absent(cfg.Create, len(sealedBy) > 0); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	v.ring = r
	for _, id := range sealedBy {
		if _, ok := r.find(id); !ok {
			return nil, v.wrongKey(id)
		}
	}
	return v, nil
}

func (v *Vault) absent(create, sealed bool) (ring, error) {
	if sealed {
		return nil, &nightjar.Error{
			Code:    nightjar.CodeNotFound,
			Message: fmt.Sprintf("key file %s is missing, and credentials are sealed with it", v.file.path),
			Hint:    "restore the key file from its copy; docs/security.md says what to do when there is none",
		}
	}
	if !create {
		return nil, &nightjar.Error{
			Code:    nightjar.CodeNotFound,
			Message: fmt.Sprintf("key file %s does not exist", v.file.path),
			Hint:    "nightjar serve and nightjar tenant add create it",
		}
	}
	if err := v.file.create(); err != nil {
		return nil, fmt.Errorf("create key file: %w", err)
	}
	return v.file.load()
}

func (v *Vault) wrongKey(id string) error {
	v.mu.Lock()
	have := strings.Join(v.ring.ids(), ", ")
	v.mu.Unlock()
	return &nightjar.Error{
		Code:    nightjar.CodeConflict,
		Message: fmt.Sprintf("credentials are sealed with key %s, but key file %s holds %s", id, v.file.path, have),
		Hint:    "this is the key file of another installation, or an older copy: put the right one in place",
	}
}

// Seal stores a secret in the caller's transaction, over any former one of
// that name.
func (v *Vault) Seal(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID, name string, value Value) error {
	if tenant == "" || name == "" || value.IsZero() {
		return errors.New("a sealed value needs a tenant, a name and a content")
	}
	key, keyID, err := v.dataKey(ctx, tx, tenant)
	if errors.Is(err, sql.ErrNoRows) {
		key, keyID, err = v.newDataKey(ctx, tx, tenant)
	}
	if err != nil {
		return err
	}
	var version int64
	old, err := value1(ctx, tx, tenant, name)
	switch {
	case err == nil:
		version = old.Version
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("read sealed %s: %w", name, err)
	}
	return v.put(ctx, tx, tenant, row{Name: name, Version: version + 1, KeyID: keyID, Created: catalog.Micros(v.clock.Now())}, key, []byte(value.Reveal()))
}

// Open returns a secret.
func (v *Vault) Open(ctx context.Context, tenant nightjar.TenantID, name string) (Value, error) {
	// One statement, so that key and value are of the same moment even while keys rotate.
	var r struct {
		row
		Key keyRow `bun:"embed:k_"`
	}
	err := v.db.NewRaw(sqlOpen, tenant, name).Scan(ctx, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return Value{}, &nightjar.Error{
			Code:    nightjar.CodeNotFound,
			Message: fmt.Sprintf("no %s is stored for tenant %s", name, tenant),
			Hint:    "hand it over again: nightjar tenant add",
		}
	}
	if err != nil {
		return Value{}, fmt.Errorf("read %s of tenant %s: %w", name, tenant, catalog.Translate(err))
	}
	key, err := v.unwrap(tenant, r.Key)
	if err != nil {
		return Value{}, err
	}
	plain, err := openRow(tenant, r.row, key, r.Key.KeyID)
	if err != nil {
		return Value{}, err
	}
	return New(string(plain)), nil
}

// List describes a tenant's secrets.
func (v *Vault) List(ctx context.Context, tenant nightjar.TenantID) ([]Sealed, error) {
	rows, err := values(ctx, v.db, tenant)
	if err != nil {
		return nil, err
	}
	out := make([]Sealed, len(rows))
	for i, r := range rows {
		out[i] = Sealed{Name: r.Name, Version: r.Version, Created: catalog.Time(r.Created)}
	}
	return out, nil
}

// Drop removes one secret in the caller's transaction.
func (v *Vault) Drop(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID, name string) error {
	_, err := tx.NewRaw(sqlDropValue, tenant, name).Exec(ctx)
	return err
}

// Forget deletes a tenant's data key, and with it everything sealed under it,
// in the caller's transaction. A copy of the catalog made earlier still holds
// the wrapped key: RotateKEK afterwards makes those copies unreadable too.
func (v *Vault) Forget(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID) error {
	if _, err := tx.NewRaw(sqlDropValues, tenant).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewRaw(sqlDropKey, tenant).Exec(ctx)
	return err
}

// Healthy reports whether the key file is still there, private and the one
// that was loaded.
func (v *Vault) Healthy(context.Context) error {
	r, err := v.file.load()
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ring = r
	return nil
}
