package connect

import (
	"encoding/pem"
	"strings"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestAGeneratedPairShowsItsCertificateAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add(tenant("west", contoso, ""), CredentialInput{Secret: secret.New(canary)})
	_, err := b.c.SetCredential(t.Context(), "west", CredentialInput{Generated: true})
	wantCode(t, err, nightjar.CodeNotFound)
	made, err := b.c.NewCertificate(t.Context(), contoso)
	if err != nil {
		t.Fatal(err)
	}
	if block, rest := pem.Decode([]byte(made.PEM)); block == nil || block.Type != "CERTIFICATE" || len(rest) != 0 || strings.Contains(made.PEM, "PRIVATE") {
		t.Errorf("handed out:\n%s", made.PEM)
	}
	if len(made.Thumbprint) != 40 || len(made.SHA256) != 64 || time.Until(made.Expires) < 300*24*time.Hour {
		t.Errorf("made %+v", made)
	}
	// Until it is put to use, the tenant is collected with what it had.
	if got, err := b.c.Show(t.Context(), "west"); err != nil || got.Credential.Kind != CredentialSecret {
		t.Errorf("connection %+v, %v", got, err)
	}
	done, err := b.c.SetCredential(t.Context(), "west", CredentialInput{Generated: true})
	if err != nil || done.Connection.Credential.Thumbprint != made.Thumbprint {
		t.Fatalf("%+v, %v", done, err)
	}
	sealed, err := b.cfg.Vault.List(t.Context(), contoso)
	if err != nil || len(sealed) != 1 || sealed[0].Name != sealedKey {
		t.Errorf("sealed: %v, %v", sealed, err)
	}
	_, err = b.c.SetCredential(t.Context(), "west", CredentialInput{Generated: true})
	wantCode(t, err, nightjar.CodeNotFound)
}

func TestATenantCanBeAddedWithAGeneratedPair(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, err := b.c.NewCertificate(t.Context(), contoso)
	if err != nil {
		t.Fatal(err)
	}
	b.cfg.Clouds = map[string]nightjar.Cloud{"sim": microsoft(t, "sim", sim.Scenario{}, sim.TenantConfig{Certificates: [][]byte{[]byte(made.PEM)}, Subscribed: true})}
	b.c = b.connector()
	b.add(tenant("west", contoso, "sim"), CredentialInput{Generated: true})
	if r := b.check("west"); !r.OK {
		t.Errorf("report %+v", r)
	}
}

func TestAPastedCertificateConnects(t *testing.T) {
	t.Parallel()
	cert, key := keyPair(t, 2048, time.Now().Add(300*24*time.Hour))
	b := setup(t)
	a := b.add(tenant("west", contoso, ""), CredentialInput{Certificate: []byte(cert), PrivateKey: secret.New(key)})
	if a.Connection.Credential.Kind != CredentialCertificate || a.Connection.Credential.Expires.IsZero() {
		t.Errorf("added %+v", a)
	}
	_, err := b.c.Add(t.Context(), tenant("east", fabrikam, ""), CredentialInput{Certificate: []byte(cert)})
	wantCode(t, err, nightjar.CodeInvalid)
}

func TestConnectionIsEditedPausedAndResumed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.add(tenant("west", contoso, ""), CredentialInput{Secret: secret.New(canary)})
	b.add(tenant("east", fabrikam, ""), CredentialInput{Secret: secret.New(canary)})
	name, tag := "north", "oslo"
	got, err := b.c.Update(t.Context(), "west", Change{Name: &name, Tag: &tag, Feeds: map[nightjar.Feed]nightjar.FeedOptions{nightjar.FeedDLP: {Off: true}}})
	if err != nil || got.Name != name || got.Tag != tag || !got.Feeds[nightjar.FeedDLP].Off {
		t.Errorf("edited %+v, %v", got, err)
	}
	taken := "EAST"
	_, err = b.c.Update(t.Context(), name, Change{Name: &taken})
	wantCode(t, err, nightjar.CodeConflict)
	bad := "no name"
	_, err = b.c.Update(t.Context(), name, Change{Name: &bad})
	wantCode(t, err, nightjar.CodeInvalid)
	if got, err = b.c.Pause(t.Context(), name); err != nil || !got.Paused {
		t.Errorf("paused %+v, %v", got, err)
	}
	if got, err = b.c.Resume(t.Context(), name); err != nil || got.Paused || got.Tag != tag {
		t.Errorf("resumed %+v, %v", got, err)
	}
	if _, err := b.cfg.Vault.Open(t.Context(), contoso, sealedSecret); err != nil {
		t.Errorf("the secret went with the edit: %v", err)
	}
	file := CredentialInput{SecretFile: b.file("s", canary)}
	if _, err := b.c.Declare(t.Context(), []Declaration{{tenant("declared", "44444444-4444-4444-8444-444444444444", ""), file}}); err != nil {
		t.Fatal(err)
	}
	_, err = b.c.Pause(t.Context(), "declared")
	wantCode(t, err, nightjar.CodeConflict)
}
