package access

import (
	"bytes"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	contoso  = nightjar.TenantID("11111111-1111-4111-8111-111111111111")
	fabrikam = nightjar.TenantID("22222222-2222-4222-8222-222222222222")
	password = "plover quartz 41 hinge"
)

type bundle struct {
	*Keeper
	t     *testing.T
	dir   string
	db    *catalog.DB
	trail *audit.Log
	log   *syncBuffer
	cfg   Config
	seeds map[string]secret.Value // by name of the person
	codes map[string][]secret.Value
}

// syncBuffer keeps what was logged.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{t: t, dir: t.TempDir(), log: &syncBuffer{}, seeds: map[string]secret.Value{}, codes: map[string][]secret.Value{}}
	var err error
	if b.db, err = catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(b.dir, catalog.FileName)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.db.Close() })
	vault, err := secret.OpenVault(t.Context(), secret.VaultConfig{Catalog: b.db, KeyFile: filepath.Join(b.dir, "keys", "key"), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	if b.trail, err = audit.New(audit.Config{Catalog: b.db}); err != nil {
		t.Fatal(err)
	}
	b.cfg = Config{
		Catalog: b.db, Vault: vault, Audit: b.trail,
		HashMemory: 256,
		Logger:     slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	b.Keeper = b.keeper()
	return b
}

func (b *bundle) keeper() *Keeper {
	b.t.Helper()
	k, err := New(b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return k
}

// hashInFull lets passwords take as much work as those of people.
func (b *bundle) hashInFull() {
	b.cfg.HashMemory = 0
	b.Keeper = b.keeper()
}

func home() netip.Addr     { return netip.MustParseAddr("192.0.2.1") }
func stranger() netip.Addr { return netip.MustParseAddr("203.0.113.9") }

// code is what the person's authenticator shows, some steps from now.
func (b *bundle) code(name string, steps int64) string {
	b.t.Helper()
	seed, err := base32Text().DecodeString(b.seeds[name].Reveal())
	if err != nil {
		b.t.Fatal(err)
	}
	return totpCode(seed, b.clock.Now().Unix()/30+steps)
}

// confirm ends an enrolment as its person would.
func (b *bundle) confirm(e Enrolment) (secret.Value, Identity) {
	b.t.Helper()
	b.seeds[e.Name], b.codes[e.Name] = e.Secret, e.Recovery
	token, who, err := b.ConfirmEnrolment(b.t.Context(), e.ID, b.code(e.Name, 0), home())
	if err != nil {
		b.t.Fatal(err)
	}
	return token, who
}

// admin sets up the first administrator, ada.
func (b *bundle) admin() (secret.Value, Identity) {
	b.t.Helper()
	boot, err := b.Bootstrap(b.t.Context())
	if err != nil || boot.IsZero() {
		b.t.Fatal(err, "no setup token")
	}
	e, err := b.Setup(b.t.Context(), boot, "ada", secret.New(password))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.confirm(e)
}

// person invites somebody, who joins.
func (b *bundle) person(by Identity, name string, grants ...Grant) (secret.Value, Identity) {
	b.t.Helper()
	link, err := b.Invite(b.t.Context(), by, name, grants)
	if err != nil {
		b.t.Fatal(err)
	}
	e, err := b.AcceptInvite(b.t.Context(), link, secret.New(password))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.confirm(e)
}

// login signs in from home with a code that is steps away.
func (b *bundle) login(name string, steps int64) (secret.Value, Identity) {
	b.t.Helper()
	challenge, err := b.Login(b.t.Context(), name, secret.New(password), home())
	if err != nil {
		b.t.Fatal(err)
	}
	token, who, err := b.Verify(b.t.Context(), challenge, b.code(name, steps), home())
	if err != nil {
		b.t.Fatal(err)
	}
	return token, who
}

// last returns the newest entry of the audit log.
func (b *bundle) last() nightjar.AuditEntry {
	b.t.Helper()
	list, err := b.trail.List(b.t.Context(), audit.Filter{Limit: 1})
	if err != nil || len(list) != 1 {
		b.t.Fatal(list, err)
	}
	return list[0]
}

func wantCode(t *testing.T, err error, code nightjar.Code) {
	t.Helper()
	if got := nightjar.CodeOf(err); got != code {
		t.Errorf("got code %q, want %q; error: %v", got, code, err)
	}
}
