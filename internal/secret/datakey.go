package secret

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// keyRow is a row of secret_keys without its tenant.
type keyRow struct {
	KeyID   string `bun:"key_id"`
	KekID   string `bun:"kek_id"`
	Wrapped string `bun:"wrapped"`
}

// row is a row of secret_values without its tenant.
type row struct {
	Name    string `bun:"name"`
	Version int64  `bun:"version"`
	KeyID   string `bun:"key_id"`
	Sealed  string `bun:"sealed"`
	Created int64  `bun:"created"`
}

func keyAAD(tenant nightjar.TenantID, keyID string) []byte {
	return additional("nightjar data key v1", string(tenant), keyID)
}

func valueAAD(tenant nightjar.TenantID, r row) []byte {
	return additional("nightjar secret v1", string(tenant), r.Name, strconv.FormatInt(r.Version, 10))
}

// dataKey returns the tenant's data key; sql.ErrNoRows when it has none.
func (v *Vault) dataKey(ctx context.Context, db bun.IDB, tenant nightjar.TenantID) (key []byte, id string, err error) {
	var k keyRow
	if err := db.NewRaw(sqlKey, tenant).Scan(ctx, &k); err != nil {
		return nil, "", err
	}
	key, err = v.unwrap(tenant, k)
	return key, k.KeyID, err
}

func (v *Vault) unwrap(tenant nightjar.TenantID, k keyRow) ([]byte, error) {
	wrapping, err := v.kek(k.KekID)
	if err != nil {
		return nil, err
	}
	key, err := unseal(wrapping.key, k.Wrapped, keyAAD(tenant, k.KeyID))
	if err != nil {
		return nil, damaged("data key", tenant, err)
	}
	return key, nil
}

// kek finds a key-encryption key. Another process may have rotated keys since
// the file was read, so an unknown id makes it read again.
func (v *Vault) kek(id string) (kek, error) {
	v.mu.Lock()
	k, ok := v.ring.find(id)
	v.mu.Unlock()
	if ok {
		return k, nil
	}
	r, err := v.reload()
	if err != nil {
		return kek{}, err
	}
	if k, ok := r.find(id); ok {
		return k, nil
	}
	return kek{}, v.wrongKey(id)
}

func (v *Vault) reload() (ring, error) {
	r, err := v.file.load()
	if err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	v.mu.Lock()
	v.ring = r
	v.mu.Unlock()
	return r, nil
}

// newDataKey makes a data key for the tenant and wraps it. The key file is
// read again inside the transaction: a rotation in another process holds the
// catalog's write lock while it drops the old key from the file, so this can
// never wrap with a key that is about to go.
func (v *Vault) newDataKey(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID) (key []byte, id string, err error) {
	r, err := v.reload()
	if err != nil {
		return nil, "", err
	}
	key, id = newKey(), newKeyID()
	return key, id, v.putKey(ctx, tx, tenant, r.current(), key, id)
}

func (v *Vault) putKey(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID, wrapping kek, key []byte, id string) error {
	wrapped, err := seal(wrapping.key, key, keyAAD(tenant, id))
	if err != nil {
		return err
	}
	_, err = tx.NewRaw(sqlPutKey, tenant, id, wrapping.id, wrapped, catalog.Micros(v.clock.Now())).Exec(ctx)
	return err
}

func (v *Vault) put(ctx context.Context, tx bun.Tx, tenant nightjar.TenantID, r row, key, plain []byte) error {
	sealed, err := seal(key, plain, valueAAD(tenant, r))
	if err != nil {
		return err
	}
	_, err = tx.NewRaw(sqlPutValue, tenant, r.Name, r.Version, r.KeyID, sealed, r.Created).Exec(ctx)
	return err
}

func openRow(tenant nightjar.TenantID, r row, key []byte, keyID string) ([]byte, error) {
	if r.KeyID != keyID {
		return nil, damaged(r.Name, tenant, fmt.Errorf("it is sealed with data key %s, the tenant's is %s", r.KeyID, keyID))
	}
	plain, err := unseal(key, r.Sealed, valueAAD(tenant, r))
	if err != nil {
		return nil, damaged(r.Name, tenant, err)
	}
	return plain, nil
}

func damaged(what string, tenant nightjar.TenantID, err error) error {
	return &nightjar.Error{
		Code:    nightjar.CodeCorrupt,
		Message: fmt.Sprintf("the sealed %s of tenant %s was changed or moved", what, tenant),
		Hint:    "hand the credential over again: nightjar tenant add",
		Err:     err,
	}
}

func value1(ctx context.Context, db bun.IDB, tenant nightjar.TenantID, name string) (r row, err error) {
	err = db.NewRaw(sqlValue, tenant, name).Scan(ctx, &r)
	return r, err
}

func values(ctx context.Context, db bun.IDB, tenant nightjar.TenantID) ([]row, error) {
	var rows []row
	if err := db.NewRaw(sqlValues, tenant).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read sealed values: %w", err)
	}
	return rows, nil
}

func newKeyID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b)
}
