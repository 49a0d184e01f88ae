package notify

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// place is where messages arrive. One that is idempotent shows each key once.
type place struct {
	mu         sync.Mutex
	idempotent bool
	keys       map[string]int
	shown      []Message
}

func (p *place) Destination() string { return "somewhere" }

func (p *place) Send(_ context.Context, m Message) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys[m.Key]++; p.idempotent && p.keys[m.Key] > 1 {
		return "known", nil
	}
	p.shown = append(p.shown, m)
	return "taken", nil
}

// store is an empty catalog with a vault.
func store(t *testing.T) (*catalog.DB, *secret.Vault) {
	t.Helper()
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(t.TempDir(), catalog.FileName)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	vault, err := secret.OpenVault(t.Context(), secret.VaultConfig{Catalog: db, KeyFile: filepath.Join(t.TempDir(), "key"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return db, vault
}

// TestACrashAtAnyPointIsSurvived kills the process at each point of a
// message's way, and starts another. An alert is always told; once where the
// sink knows keys, and where it does not, a second time at most after a crash
// between the mark and the answer, and then it says so, unless the channel
// holds what is in doubt.
func TestACrashAtAnyPointIsSurvived(t *testing.T) {
	t.Parallel()
	const (
		beforeTake   = "after the alert's commit"
		beforeSend   = "after the mark"
		beforeSettle = "after the sink took it"
		never        = "never"
	)
	for _, c := range []struct {
		point      string
		idempotent bool
		onDoubt    OnDoubt
		shown      int
		repeated   bool
		status     Status
	}{
		{beforeTake, true, DoubtSend, 1, false, StatusSent},
		{beforeSend, true, DoubtSend, 1, false, StatusSent},
		{beforeSettle, true, DoubtSend, 1, false, StatusSent},
		{beforeSettle, true, DoubtHold, 1, false, StatusSent},
		{never, true, DoubtSend, 1, false, StatusSent},
		{beforeTake, false, DoubtSend, 1, false, StatusSent},
		{beforeSend, false, DoubtSend, 1, true, StatusSent},
		{beforeSettle, false, DoubtSend, 2, true, StatusSent},
		{never, false, DoubtSend, 1, false, StatusSent},
		{beforeTake, false, DoubtHold, 1, false, StatusSent},
		{beforeSend, false, DoubtHold, 0, false, StatusDoubtful},
		{beforeSettle, false, DoubtHold, 1, false, StatusDoubtful},
	} {
		t.Run(fmt.Sprintf("%s, idempotent %v, %s", c.point, c.idempotent, c.onDoubt), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &place{idempotent: c.idempotent, keys: map[string]int{}}
				kind := Kind{Name: "place", Idempotent: c.idempotent, Bundles: true, New: func(Settings, Environment) (Sink, error) { return p, nil }}
				db, vault := store(t)
				start := func() *Notifier {
					n, err := New(Config{Catalog: db, Vault: vault, Kinds: []Kind{kind}})
					if err != nil {
						t.Fatal(err)
					}
					return n
				}
				first := start()
				channel, err := first.Add(t.Context(), Channel{Name: "p", Kind: "place", Enabled: true, OnDoubt: c.onDoubt}, nil)
				if err != nil {
					t.Fatal(err)
				}
				err = db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					return first.Changed(ctx, tx, alert.Change{Kind: alert.ChangeOpened, Alert: alert.Alert{ID: "A-1", Severity: nightjar.SeverityHigh, Status: alert.StatusNew}})
				})
				if err != nil {
					t.Fatal(err)
				}
				// The first process comes as far as the point.
				if c.point != beforeTake && c.point != never {
					row, found, err := first.take(t.Context(), channel, 1)
					if err != nil || !found {
						t.Fatal(found, err)
					}
					if c.point == beforeSettle {
						m, err := first.message(t.Context(), row)
						if err != nil {
							t.Fatal(err)
						}
						if _, err := p.Send(t.Context(), m); err != nil {
							t.Fatal(err)
						}
					}
				}
				second := start()
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() {
					defer close(done)
					_ = second.Run(ctx) // says only that it was stopped
				}()
				time.Sleep(time.Minute)
				synctest.Wait()
				if len(p.shown) != c.shown || len(p.keys) > 1 {
					t.Errorf("it is shown %d times under %d keys, want %d times under one", len(p.shown), len(p.keys), c.shown)
				}
				if n := len(p.shown); n > 0 && p.shown[n-1].Repeated != c.repeated {
					t.Errorf("the last says that it may have come before: %v", p.shown[n-1].Repeated)
				}
				list, err := second.Deliveries(t.Context(), DeliveryFilter{})
				if err != nil || len(list) != 1 || list[0].Status != c.status {
					t.Fatalf("%+v, %v", list, err)
				}
				if c.status == StatusDoubtful {
					// Somebody decides: it is sent again, and says so.
					if n, err := second.Retry(t.Context(), []string{list[0].ID}, ""); err != nil || n != 1 {
						t.Fatal(n, err)
					}
					time.Sleep(time.Minute)
					synctest.Wait()
					if len(p.shown) != c.shown+1 || !p.shown[c.shown].Repeated {
						t.Errorf("after a retry it is shown %d times", len(p.shown))
					}
				}
				stop()
				<-done
			})
		})
	}
}

// TestATransactionThatFailsTellsNobody has the alert's change and its notice
// live and die together.
func TestATransactionThatFailsTellsNobody(t *testing.T) {
	t.Parallel()
	db, vault := store(t)
	p := &place{keys: map[string]int{}}
	n, err := New(Config{Catalog: db, Vault: vault, Kinds: []Kind{{Name: "place", New: func(Settings, Environment) (Sink, error) { return p, nil }}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Add(t.Context(), Channel{Name: "p", Kind: "place", Enabled: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened := alert.Change{Kind: alert.ChangeOpened, Alert: alert.Alert{ID: "A-1", Severity: nightjar.SeverityHigh, Status: alert.StatusNew}}
	failed := fmt.Errorf("no")
	tell := func(fail error) {
		_ = db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := n.Changed(ctx, tx, opened); err != nil {
				t.Error(err)
			}
			return fail
		})
	}
	tell(failed)
	if next, err := n.pending(t.Context(), c.ID); err != nil || !next.IsZero() {
		t.Fatalf("after a transaction that failed something waits: %v %v", next, err)
	}
	// The same change told twice, as when a process replays, is one notice.
	tell(nil)
	tell(nil)
	list := []Channel{c}
	if err := count(t.Context(), db, list); err != nil || list[0].Waiting != 1 {
		t.Fatalf("%d wait, %v", list[0].Waiting, err)
	}
}
