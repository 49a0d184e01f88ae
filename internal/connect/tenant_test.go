package connect

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func names(list []Connection) string {
	var out []string
	for _, l := range list {
		out = append(out, l.Name)
	}
	return strings.Join(out, " ")
}

func (b *bundle) list() string {
	b.t.Helper()
	l, err := b.c.List(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return names(l)
}

func TestAddedTenantIsKeptAndItsSecretSealed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := tenant("Contoso", "{11111111-1111-4111-8111-11111111111A}", "")
	in.Tag, in.Start = "east", time.Date(2026, 11, 1, 2, 3, 4, 5678, time.UTC)
	in.Feeds = map[nightjar.Feed]nightjar.FeedOptions{"DLP.ALL": {Off: true}}
	b.add(in, CredentialInput{SecretFile: b.file("secret", canary+"\r\n")})
	b.c = b.connector()
	got, err := b.c.Show(t.Context(), "contoso")
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "11111111-1111-4111-8111-11111111111a" || got.Cloud != "commercial" || got.Tag != "east" ||
		!got.Start.Equal(in.Start.Truncate(time.Microsecond)) || !got.Feeds[nightjar.FeedDLP].Off || got.Credential.Kind != CredentialSecret {
		t.Errorf("shown %+v", got)
	}
	sealed, err := b.cfg.Vault.Open(t.Context(), got.ID, sealedSecret)
	if err != nil || sealed.Reveal() != canary {
		t.Errorf("the sealed secret is not what the file held without its line end: %v", err)
	}
	if err := os.Remove(filepath.Join(b.dir, "secret")); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(b.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), canary) {
			t.Errorf("%s holds the secret", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTenantHasOneConnection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cred := CredentialInput{Secret: secret.New(canary)}
	b.add(tenant("contoso", contoso, ""), cred)
	_, err := b.c.Add(t.Context(), tenant("second", contoso, ""), cred)
	wantCode(t, err, nightjar.CodeConflict)
	if !strings.Contains(err.Error(), "as contoso") {
		t.Errorf("the other connection is not named: %v", err)
	}
	_, err = b.c.Add(t.Context(), tenant("CONTOSO", fabrikam, ""), cred)
	wantCode(t, err, nightjar.CodeConflict)
	file := CredentialInput{SecretFile: b.file("s", canary)}
	_, err = b.c.Declare(t.Context(), []Declaration{{tenant("other", contoso, ""), file}})
	wantCode(t, err, nightjar.CodeConflict)
	_, err = b.c.Declare(t.Context(), []Declaration{{tenant("a", fabrikam, ""), file}, {tenant("b", fabrikam, ""), file}})
	wantCode(t, err, nightjar.CodeConflict)
	if !strings.Contains(err.Error(), "as a and as b") {
		t.Errorf("both declarations are to be named: %v", err)
	}
	if got := b.list(); got != "contoso" {
		t.Errorf("connected: %s", got)
	}
}

func TestUnusableTenantIsRefusedWithAHint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good, goodKey := keyPair(t, 2048, time.Now().Add(time.Hour))
	_, otherKey := keyPair(t, 2048, time.Now().Add(time.Hour))
	short, shortKey := keyPair(t, 1024, time.Now().Add(time.Hour))
	write := func(name, content string) string { return b.file(name, content) }
	secretOnly := CredentialInput{Secret: secret.New(canary)}
	with := func(change func(*nightjar.Tenant)) nightjar.Tenant {
		x := tenant("contoso", contoso, "")
		change(&x)
		return x
	}
	cases := map[string]struct {
		tenant nightjar.Tenant
		in     CredentialInput
	}{
		"tenant id is a domain":   {with(func(x *nightjar.Tenant) { x.ID = "contoso.onmicrosoft.com" }), secretOnly},
		"client id is not a GUID": {with(func(x *nightjar.Tenant) { x.ClientID = "nightjar" }), secretOnly},
		"both ids are the same":   {with(func(x *nightjar.Tenant) { x.ClientID = string(contoso) }), secretOnly},
		"unknown cloud":           {with(func(x *nightjar.Tenant) { x.Cloud = "china" }), secretOnly},
		"unknown feed":            {with(func(x *nightjar.Tenant) { x.Feeds = map[nightjar.Feed]nightjar.FeedOptions{"Audit.Teams": {}} }), secretOnly},
		"empty name":              {with(func(x *nightjar.Tenant) { x.Name = "" }), secretOnly},
		"name is a GUID":          {with(func(x *nightjar.Tenant) { x.Name = string(fabrikam) }), secretOnly},
		"no credential":           {tenant("contoso", contoso, ""), CredentialInput{}},
		"two credentials":         {tenant("contoso", contoso, ""), CredentialInput{Secret: secret.New(canary), FederatedTokenFile: "/token"}},
		"empty secret":            {tenant("contoso", contoso, ""), CredentialInput{SecretFile: write("empty", "\n")}},
		"secret of two lines":     {tenant("contoso", contoso, ""), CredentialInput{SecretFile: write("two", canary+"\n"+canary)}},
		"secret file is absent":   {tenant("contoso", contoso, ""), CredentialInput{SecretFile: filepath.Join(b.dir, "absent")}},
		"certificate without key": {tenant("contoso", contoso, ""), CredentialInput{CertificateFile: write("c", good)}},
		"key of another certificate": {tenant("contoso", contoso, ""), CredentialInput{
			CertificateFile: write("c1", good), PrivateKeyFile: write("k1", otherKey),
		}},
		"key is too short": {tenant("contoso", contoso, ""), CredentialInput{CertificateFile: write("c2", short), PrivateKeyFile: write("k2", shortKey)}},
		"files exchanged":  {tenant("contoso", contoso, ""), CredentialInput{CertificateFile: write("c3", goodKey), PrivateKeyFile: write("k3", good)}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.c.Add(t.Context(), c.tenant, c.in)
			wantCode(t, err, nightjar.CodeInvalid)
			if nightjar.HintOf(err) == "" {
				t.Errorf("no hint: %v", err)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

func TestPastedSecretIDIsNoticed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.add(tenant("contoso", contoso, ""), CredentialInput{Secret: secret.New(secretID)})
	if len(a.Notices) != 1 || !strings.Contains(a.Notices[0], "Secret ID") {
		t.Errorf("notices %v", a.Notices)
	}
}

func TestRemovedTenantStopsAndItsSecretIsForgotten(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cred := CredentialInput{Secret: secret.New(canary)}
	b.add(tenant("contoso", contoso, ""), cred)
	if _, err := b.c.Activity(t.Context(), contoso); err != nil {
		t.Fatal(err)
	}
	r, err := b.c.Remove(t.Context(), "contoso")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Forgotten, []string{sealedSecret}) || len(r.Kept) == 0 {
		t.Errorf("removed %+v", r)
	}
	_, err = b.c.Activity(t.Context(), contoso)
	wantCode(t, err, nightjar.CodeNotFound)
	_, err = b.cfg.Vault.Open(t.Context(), contoso, sealedSecret)
	wantCode(t, err, nightjar.CodeNotFound)
	_, err = b.c.Show(t.Context(), "contoso")
	wantCode(t, err, nightjar.CodeNotFound)
	known, err := b.c.Known(t.Context())
	if err != nil || names(known) != "contoso" {
		t.Errorf("its events have no name any more: %v %v", known, err)
	}
	// Its name is free, and it can come back under another.
	b.add(tenant("contoso", fabrikam, ""), cred)
	b.add(tenant("contoso-old", contoso, ""), cred)
	if got := b.list(); got != "contoso contoso-old" {
		t.Errorf("connected: %s", got)
	}
}

func TestDeclaringTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.FixedZone("CET", 3600))
	file := CredentialInput{SecretFile: b.file("s", canary)}
	one := tenant("one", contoso, "")
	one.Feeds = map[nightjar.Feed]nightjar.FeedOptions{nightjar.FeedDLP: {Start: start, Filter: nightjar.FeedFilter{DropRecordTypes: []int{1}}}}
	one.Start = start
	two := tenant("two", fabrikam, "gcc")
	declare := func(want Declared, d ...Declaration) {
		t.Helper()
		got, err := b.c.Declare(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Added, want.Added) || !slices.Equal(got.Changed, want.Changed) || !slices.Equal(got.Removed, want.Removed) || len(got.Notices) != len(want.Notices) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	declare(Declared{Added: []string{"one", "two"}}, Declaration{one, file}, Declaration{two, file})
	declare(Declared{}, Declaration{one, file}, Declaration{two, file})
	one.Paused = true
	declare(Declared{Changed: []string{"one"}}, Declaration{one, file}, Declaration{two, file})
	one.Name, two.Name = two.Name, one.Name
	declare(Declared{Changed: []string{"two", "one"}}, Declaration{one, file}, Declaration{two, file})
	declare(Declared{Removed: []string{"one"}}, Declaration{one, file})
	declare(Declared{Added: []string{"one"}, Notices: []string{"unreadable"}}, Declaration{one, file}, Declaration{two, CredentialInput{SecretFile: "/absent/secret"}})
	if _, err := b.c.Remove(t.Context(), "two"); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("a declared tenant is removed in the file: %v", err)
	}
}

// What the configuration declares is put on record, once.
func TestWhatTheConfigurationDeclaresIsRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	log := &book{}
	b.cfg.Audit = log
	b.c = b.connector()
	file := CredentialInput{SecretFile: b.file("s", canary)}
	one, two := tenant("one", contoso, ""), tenant("two", fabrikam, "gcc")
	b.add(one, CredentialInput{Secret: secret.New(canary)})
	for _, d := range [][]Declaration{{{one, file}}, {{one, file}}, {{one, file}, {two, file}}, {{one, file}}} {
		if _, err := b.c.Declare(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	one.Paused, one.Tag = true, "north"
	if _, err := b.c.Declare(t.Context(), []Declaration{{one, file}}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range log.entries {
		got = append(got, fmt.Sprintf("%s %s %s%s", e.Action, e.Target, e.Detail["changed"], e.Detail["credential"]))
		if e.Actor.Name != "configuration" || e.Actor.Kind != nightjar.ActorSystem || e.Tenant == "" {
			t.Errorf("%s by %+v", e.Action, e.Actor)
		}
	}
	want := []string{"connection.edit one declared credential", "connection.add two secret", "connection.remove two ", "connection.edit one tag paused"}
	if !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
	log.full = func(nightjar.AuditEntry) bool { return true }
	if _, err := b.c.Declare(t.Context(), []Declaration{{two, file}}); err == nil {
		t.Error("declared without a record")
	}
	if c, err := b.c.Show(t.Context(), "one"); err != nil || c.ID != contoso {
		t.Errorf("what could not be recorded was done: %+v, %v", c, err)
	}
}

func TestWhoAsksForAnUnknownTenantLearnsOfNoOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add(tenant("woodgrove", contoso, ""), CredentialInput{Secret: secret.New(canary)})
	_, err := b.c.Show(t.Context(), string(fabrikam))
	wantCode(t, err, nightjar.CodeNotFound)
	if strings.Contains(err.Error()+nightjar.HintOf(err), "woodgrove") {
		t.Errorf("%v (%s)", err, nightjar.HintOf(err))
	}
}

func TestDeclarationTakesOverAnAddedTenant(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add(tenant("contoso", contoso, ""), CredentialInput{Secret: secret.New(canary)})
	if _, err := b.c.Declare(t.Context(), []Declaration{{tenant("contoso", contoso, ""), CredentialInput{SecretFile: b.file("s", canary)}}}); err != nil {
		t.Fatal(err)
	}
	_, err := b.cfg.Vault.Open(t.Context(), contoso, sealedSecret)
	wantCode(t, err, nightjar.CodeNotFound)
}

func TestRenewedSecretIsUsedAtOnce(t *testing.T) {
	t.Parallel()
	cloud := microsoft(t, "sim", sim.Scenario{}, sim.TenantConfig{}, sim.TenantConfig{ID: string(fabrikam)})
	b := setup(t, cloud)
	path := b.file("secret", "not yet right")
	if _, err := b.c.Declare(t.Context(), []Declaration{{tenant("declared", contoso, "sim"), CredentialInput{SecretFile: path}}}); err != nil {
		t.Fatal(err)
	}
	b.add(tenant("added", fabrikam, "sim"), CredentialInput{Secret: secret.New("not yet right")})
	listed := func(id nightjar.TenantID) error {
		a, err := b.c.Activity(t.Context(), id)
		if err != nil {
			return err
		}
		again, err := b.c.Activity(t.Context(), id)
		if err != nil {
			return err
		}
		if a != again {
			t.Error("the client is made anew on each call")
		}
		_, err = a.ListSubscriptions(t.Context())
		return err
	}
	for _, id := range []nightjar.TenantID{contoso, fabrikam} {
		wantCode(t, listed(id), nightjar.CodeUnauthorized)
	}
	b.file("secret", canary+"\n")
	if err := listed(contoso); err != nil {
		t.Errorf("after the file changed: %v", err)
	}
	if _, err := b.connector().SetCredential(t.Context(), "added", CredentialInput{Secret: secret.New(canary)}); err != nil {
		t.Fatal(err)
	}
	if err := listed(fabrikam); err != nil {
		t.Errorf("after another process gave a new credential: %v", err)
	}
}

func TestCertificateAndFederationConnect(t *testing.T) {
	t.Parallel()
	cert, key := keyPair(t, 2048, time.Now().Add(300*24*time.Hour))
	b := setup(t, microsoft(t, "sim", sim.Scenario{}, sim.TenantConfig{Certificates: [][]byte{[]byte(cert)}}))
	a := b.add(tenant("contoso", contoso, "sim"), pair(cert, key)(b))
	if a.Connection.Credential.Thumbprint == "" || a.Connection.Credential.Expires.IsZero() {
		t.Errorf("credential %+v", a.Connection.Credential)
	}
	b.c = b.connector() // the key comes from the vault, the certificate from the catalog
	if r := b.check("contoso"); !r.OK {
		t.Errorf("report %+v", r)
	}
	if _, err := b.c.SetCredential(t.Context(), "contoso", CredentialInput{FederatedTokenFile: b.file("token", "absent.issuer.token")}); err != nil {
		t.Fatal(err)
	}
	if r := b.check("contoso"); r.OK || r.Code != nightjar.CodeUnauthorized {
		t.Errorf("report of a token that nobody trusts: %+v", r)
	}
	if list, err := b.cfg.Vault.List(t.Context(), contoso); err != nil || len(list) != 0 {
		t.Errorf("the old key is still sealed: %v %v", list, err)
	}
}

// board keeps the warnings that hold.
type board map[nightjar.WarningCode]nightjar.TenantID

func (w board) Set(code nightjar.WarningCode, id nightjar.TenantID, _ string, _ map[string]string) {
	w[code] = id
}

func (w board) Clear(code nightjar.WarningCode, id nightjar.TenantID, _ string) {
	if w[code] == id {
		delete(w, code)
	}
}

func TestEndOfACredentialIsWarnedAboutInTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, reg := board{}, prometheus.NewRegistry()
	e, err := NewExpiry(ExpiryConfig{Connector: b.c, Warnings: w, Registerer: reg})
	if err != nil {
		t.Fatal(err)
	}
	look := func(want ...nightjar.WarningCode) {
		t.Helper()
		if err := e.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(w) != len(want) || (len(want) > 0 && w[want[0]] != contoso) {
			t.Errorf("warnings %v, want %v", w, want)
		}
	}
	b.add(tenant("contoso", contoso, ""), CredentialInput{Secret: secret.New(canary)})
	look()
	for _, c := range []struct {
		left time.Duration
		want []nightjar.WarningCode
	}{
		{91 * 24 * time.Hour, nil},
		{89 * 24 * time.Hour, []nightjar.WarningCode{nightjar.WarnCredentialExpiring}},
		{-time.Minute, []nightjar.WarningCode{nightjar.WarnCredentialExpired}},
		{200 * 24 * time.Hour, nil},
	} {
		if _, err := b.c.SetCredential(t.Context(), "contoso", CredentialInput{Secret: secret.New(canary), SecretExpires: time.Now().Add(c.left)}); err != nil {
			t.Fatal(err)
		}
		look(c.want...)
	}
	if n, err := testutil.GatherAndCount(reg, "nightjar_credential_expiry_timestamp_seconds"); err != nil || n != 1 {
		t.Errorf("%d series, %v", n, err)
	}
	if _, err := b.c.SetCredential(t.Context(), "contoso", CredentialInput{Secret: secret.New(canary), SecretExpires: time.Now().Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	look(nightjar.WarnCredentialExpired)
	if _, err := b.c.Remove(t.Context(), "contoso"); err != nil {
		t.Fatal(err)
	}
	look()
}
