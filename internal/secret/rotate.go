package secret

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Rotation says what a rotation did.
type Rotation struct {
	KeyID   string `json:"key_id"`  // the key-encryption key that is current now
	Tenants int    `json:"tenants"` // data keys that were wrapped anew
}

// RotateKEK wraps every tenant's data key with a new key-encryption key and
// drops the old one from the key file. Reading goes on meanwhile.
//
// It is safe to interrupt: the key file holds both keys until no data key
// needs the old one, and a file with two keys means a rotation to be finished,
// which the next call does. A systemd credential cannot be written: there the
// administrator puts the new key before the old one, calls this, and then
// drops the old one.
func (v *Vault) RotateKEK(ctx context.Context) (Rotation, error) {
	r, err := v.reload()
	if err != nil {
		return Rotation{}, err
	}
	if len(r) == 1 {
		if v.file.readOnly {
			return Rotation{}, &nightjar.Error{
				Code:    nightjar.CodeInvalid,
				Message: "the key comes from systemd and cannot be replaced from here",
				Hint:    "put a new line " + keyPrefix + "<base64 of 32 random bytes> before the old one in the credential's source, restart the unit and run this again",
			}
		}
		if r, err = v.addKey(ctx); err != nil {
			return Rotation{}, err
		}
	}
	n, err := v.rewrap(ctx, r.current())
	if err != nil {
		return Rotation{}, err
	}
	if !v.file.readOnly {
		if err := v.dropOldKeys(ctx); err != nil {
			return Rotation{}, err
		}
	}
	return Rotation{KeyID: r.current().id, Tenants: n}, nil
}

// addKey puts a new key before those in the file. The catalog's write lock
// keeps two processes from doing so at once.
func (v *Vault) addKey(ctx context.Context) (ring, error) {
	err := v.db.InTx(ctx, func(context.Context, bun.Tx) error {
		r, err := v.file.load()
		if err != nil || len(r) > 1 {
			return err
		}
		return v.file.replace([][]byte{newKey(), r.current().key})
	})
	if err != nil {
		return nil, fmt.Errorf("add a key to %s: %w", v.file.path, err)
	}
	return v.reload()
}

// rewrap wraps every data key with the given key, all in one transaction.
func (v *Vault) rewrap(ctx context.Context, to kek) (n int, err error) {
	err = v.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n = 0
		tenants, err := tenants(ctx, tx)
		if err != nil {
			return err
		}
		for _, tenant := range tenants {
			key, id, err := v.dataKey(ctx, tx, tenant)
			if err != nil {
				return err
			}
			wrapped, err := seal(to.key, key, keyAAD(tenant, id))
			if err != nil {
				return err
			}
			if _, err := tx.NewRaw(sqlRewrapKey, to.id, wrapped, tenant).Exec(ctx); err != nil {
				return err
			}
			if tenant != nightjar.Installation {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("wrap data keys: %w", err)
	}
	return n, nil
}

// dropOldKeys removes every key but the current from the file, once the
// catalog is seen not to need them. It changes nothing in the catalog: were
// both in one transaction, a crash between them could leave data keys wrapped
// with a key that is gone.
func (v *Vault) dropOldKeys(ctx context.Context) error {
	err := v.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := v.file.load()
		if err != nil {
			return err
		}
		var used []string
		if err := tx.NewRaw(sqlKEKs).Scan(ctx, &used); err != nil {
			return err
		}
		for _, id := range used {
			if id != r.current().id {
				return &nightjar.Error{
					Code:    nightjar.CodeIncomplete,
					Message: "another process sealed a credential with the old key meanwhile",
					Hint:    "run the rotation again: it goes on where it stopped",
				}
			}
		}
		return v.file.replace([][]byte{r.current().key})
	})
	if err != nil {
		return fmt.Errorf("drop old keys: %w", err)
	}
	_, err = v.reload()
	return err
}

// RotateDEK gives a tenant a new data key and encrypts its secrets anew, in
// one transaction: a crash leaves all of the old or all of the new.
func (v *Vault) RotateDEK(ctx context.Context, tenant nightjar.TenantID) error {
	err := v.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		old, oldID, err := v.dataKey(ctx, tx, tenant)
		if errors.Is(err, sql.ErrNoRows) {
			return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("nothing is sealed for tenant %s", tenant)}
		}
		if err != nil {
			return err
		}
		rows, err := values(ctx, tx, tenant)
		if err != nil {
			return err
		}
		key, id, err := v.newDataKey(ctx, tx, tenant)
		if err != nil {
			return err
		}
		for _, r := range rows {
			plain, err := openRow(tenant, r, old, oldID)
			if err != nil {
				return err
			}
			r.KeyID = id
			r.Version++
			if err := v.put(ctx, tx, tenant, r, key, plain); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("rotate the data key of tenant %s: %w", tenant, err)
	}
	return nil
}

func tenants(ctx context.Context, db bun.IDB) ([]nightjar.TenantID, error) {
	var out []nightjar.TenantID
	if err := db.NewRaw(sqlTenants).Scan(ctx, &out); err != nil {
		return nil, fmt.Errorf("read tenants: %w", err)
	}
	return out, nil
}
