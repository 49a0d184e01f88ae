package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"testing"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// shelf is a store that keeps events in memory and fails when told to.
type shelf struct {
	db     *catalog.DB
	events []nightjar.Event
	fails  error
}

func (s *shelf) StoreEvents(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event, also func(context.Context, bun.Tx) error) error {
	if tenant != nightjar.Installation {
		return fmt.Errorf("stored under %s", tenant)
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return errors.Join(also(ctx, tx), s.fails) })
	if err == nil {
		s.events = append(s.events, events...)
	}
	return err
}

func TestEveryEntryIsCopiedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := &shelf{db: b.db}
	copier, err := NewCopier(CopierConfig{Log: b.Log, Store: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := copier.Copy(t.Context()); err != nil || len(s.events) != 0 {
		t.Fatal(len(s.events), err)
	}
	b.write(page + 3)
	s.fails = errors.New("disk full")
	if err := copier.Copy(t.Context()); !errors.Is(err, s.fails) {
		t.Fatal(err)
	}
	s.fails = nil
	for range 3 {
		if err := copier.Copy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e := entry(nightjar.ActionConnectionPause)
	e.Tenant, e.Address = "11111111-1111-4111-8111-111111111111", netip.MustParseAddr("192.0.2.1")
	if err := b.Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := copier.Copy(t.Context()); err != nil || len(s.events) != page+4 {
		t.Fatal(len(s.events), err)
	}
	for i, e := range s.events {
		sum := sha256.Sum256(e.Raw)
		if e.ID != fmt.Sprintf("audit:%d", i+1) || hex.EncodeToString(sum[:]) != e.SessionID {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
	last := s.events[page+3]
	if last.Tenant != nightjar.Installation || last.Table != nightjar.TableAudit || last.AppID != string(e.Tenant) || last.ClientIP != e.Address ||
		last.UserID != "Ada <&>" || last.Operation != "connection.pause" || last.Fields != `{"a":"1","b":"2"}` {
		t.Errorf("%+v", last)
	}
}
