package approval

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
)

const (
	contoso  = nightjar.TenantID("11111111-1111-4111-8111-111111111111")
	fabrikam = nightjar.TenantID("22222222-2222-4222-8222-222222222222")
)

type bundle struct {
	*Keeper
	t     *testing.T
	db    *catalog.DB
	trail *audit.Log
}

func setup(t *testing.T) *bundle {
	t.Helper()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	trail, err := audit.New(audit.Config{Catalog: db})
	if err != nil {
		t.Fatal(err)
	}
	k, err := New(Config{Catalog: db, Audit: trail})
	if err != nil {
		t.Fatal(err)
	}
	return &bundle{k, t, db, trail}
}

// person is somebody who is signed in with one role.
func person(name string, role access.Role, tenant nightjar.TenantID) access.Identity {
	return access.Identity{ID: name, Person: name, Name: name, Kind: access.KindPerson, Grants: []access.Grant{{Role: role, Tenant: tenant}}}
}

func admin(name string) access.Identity { return person(name, access.RoleAdmin, "") }

// disconnect is what the tests ask for.
func disconnect(tenant nightjar.TenantID) Request {
	return Request{
		Operation: "removeConnection", Permission: access.PermConnectionManage, Tenant: tenant, Target: "contoso", Summary: "Disconnect contoso",
		Parameters: map[string]any{"path": map[string]any{"tenant": tenant}},
	}
}

func (b *bundle) ask(by access.Identity) Approval {
	b.t.Helper()
	a, err := b.Ask(b.t.Context(), by, disconnect(contoso))
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bundle) granted(by, second access.Identity) Approval {
	b.t.Helper()
	a := b.ask(by)
	a, err := b.Approve(b.t.Context(), second, a.ID, a.Hash)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// use does something under a grant, in one transaction.
func (b *bundle) use(by access.Identity, id string, do func(tx bun.Tx) error) error {
	return b.db.InTx(b.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return b.Use(ctx, tx, by, id)
	})
}

// bump is a change that counts itself.
func bump(tx bun.Tx) error {
	_, err := tx.NewRaw("UPDATE journal_counters SET value = value + 1 WHERE name = 'seq'").Exec(context.Background())
	return err
}

func (b *bundle) bumped() (n int) {
	b.t.Helper()
	if err := b.db.NewRaw("SELECT value FROM journal_counters WHERE name = 'seq'").Scan(b.t.Context(), &n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bundle) state(id string) State {
	b.t.Helper()
	a, err := b.read(b.t.Context(), b.db, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return a.State
}

func wantCode(t *testing.T, err error, want nightjar.Code) {
	t.Helper()
	if nightjar.CodeOf(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}
