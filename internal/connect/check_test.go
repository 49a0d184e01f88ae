package connect

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestCheckOfAWorkingConnectionIsClean(t *testing.T) {
	t.Parallel()
	b := setup(t, microsoft(t, "sim", sim.Scenario{}, sim.TenantConfig{Subscribed: true}))
	b.add(tenant("contoso", contoso, "sim"), CredentialInput{Secret: secret.New(canary)})
	r := b.check("contoso")
	if !r.OK || r.Cause != CauseNone || r.Code != "" || r.Err() != nil {
		t.Fatalf("report %+v", r)
	}
	for _, s := range r.Steps {
		if s.Status != StepOK {
			t.Errorf("step %s: %s, %s", s.Name, s.Status, s.Detail)
		}
	}
	for _, f := range r.Subscriptions {
		if f.Status != "enabled" {
			t.Errorf("feed %s is %s", f.Feed, f.Status)
		}
	}
	if len(r.Subscriptions) != 5 || len(r.Permissions) != 2 {
		t.Errorf("subscriptions %v, permissions %v", r.Subscriptions, r.Permissions)
	}
}

// Each cause must be named, with words that an administrator understands and
// a remedy, and nothing of the credential may be in the report or the log.
func TestCheckNamesTheCause(t *testing.T) {
	t.Parallel()
	yesterday := time.Now().Add(-24 * time.Hour)
	cert, key := keyPair(t, 2048, time.Now().Add(300*24*time.Hour))
	oldCert, oldKey := keyPair(t, 2048, yesterday)
	cases := []struct {
		name     string
		service  sim.TenantConfig
		scenario sim.Scenario
		tenant   nightjar.TenantID // zero: contoso
		in       func(b *bundle) CredentialInput
		feeds    map[nightjar.Feed]nightjar.FeedOptions
		cause    Cause
		code     nightjar.Code
		step     StepName
		says     []string
		remedy   string
	}{
		{
			name: "wrong secret", in: typed(canary + "x"),
			cause: CauseWrongSecret, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"client secret is wrong", "AADSTS7000215"}, remedy: "copy its Value",
		},
		{
			name: "secret id pasted instead of the value", in: typed(secretID),
			cause: CauseSecretID, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"id of the client secret was given instead of its value"}, remedy: "Value",
		},
		{
			name: "expired secret", service: sim.TenantConfig{Secrets: []sim.ClientSecret{{ID: secretID, Value: canary, Expires: yesterday}}},
			cause: CauseExpiredCredential, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"expired"}, remedy: "new one",
		},
		{
			name: "expired secret of which the end is known", service: sim.TenantConfig{Secrets: []sim.ClientSecret{{ID: secretID, Value: canary, Expires: yesterday}}},
			in: func(*bundle) CredentialInput {
				return CredentialInput{Secret: secret.New(canary), SecretExpires: yesterday}
			},
			cause: CauseExpiredCredential, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"expired"},
		},
		{
			name: "wrong tenant", tenant: fabrikam,
			cause: CauseWrongTenant, code: nightjar.CodeUnauthorized, step: StepNetwork, says: []string{"No tenant with the id " + string(fabrikam)}, remedy: "Directory (tenant) ID",
		},
		{
			name: "missing permission", service: sim.TenantConfig{Roles: []string{"ServiceHealth.Read"}},
			cause: CauseMissingPermission, code: nightjar.CodeForbidden, step: StepPermissions,
			says: []string{"ActivityFeed.Read is missing, which leaves Audit.AzureActiveDirectory", "ActivityFeed.ReadDlp is missing, which leaves DLP.All"}, remedy: "Office 365 Management APIs",
		},
		{
			name: "missing permission for one feed only", service: sim.TenantConfig{Roles: []string{"ActivityFeed.Read"}},
			cause: CauseMissingPermission, code: nightjar.CodeIncomplete, step: StepPermissions,
			says: []string{"ActivityFeed.ReadDlp is missing, which leaves DLP.All"}, remedy: "turn the feed off",
		},
		{
			name: "missing consent", service: sim.TenantConfig{Roles: []string{}},
			cause: CauseMissingConsent, code: nightjar.CodeForbidden, step: StepPermissions, says: []string{"admin consent is missing"}, remedy: "Grant admin consent",
		},
		{
			name: "missing consent of an application of another tenant", service: sim.TenantConfig{NoConsent: true},
			cause: CauseMissingConsent, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"not known in the tenant", "nobody granted it consent"}, remedy: "Grant admin consent",
		},
		{
			name: "auditing off", service: sim.TenantConfig{AuditDisabled: true},
			cause: CauseAuditingOff, code: nightjar.CodeNotFound, step: StepAuditing, says: []string{"Auditing is off"}, remedy: "Start recording user and admin activity",
		},
		{
			name: "wrong cloud", service: sim.TenantConfig{WrongCloud: true},
			cause: CauseWrongCloud, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"belongs to another cloud"}, remedy: "gcc",
		},
		{
			name: "clock skew, by secret", scenario: sim.Scenario{ClockSkew: 20 * time.Minute},
			cause: CauseClockSkew, code: nightjar.CodeUnauthorized, step: StepClock, says: []string{"clock is 20m", "behind Microsoft's"}, remedy: "time synchronisation",
		},
		{
			name: "clock skew, by certificate", scenario: sim.Scenario{ClockSkew: -20 * time.Minute}, service: sim.TenantConfig{Certificates: [][]byte{[]byte(cert)}},
			in:    pair(cert, key),
			cause: CauseClockSkew, code: nightjar.CodeUnauthorized, step: StepClock, says: []string{"ahead of Microsoft's"}, remedy: "time synchronisation",
		},
		{
			name: "application disabled", service: sim.TenantConfig{AppDisabled: true},
			cause: CauseAppDisabled, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"disabled"},
		},
		{
			name: "certificate that is not registered", service: sim.TenantConfig{Certificates: [][]byte{[]byte(oldCert)}}, in: pair(cert, key),
			cause: CauseWrongCertificate, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"certificate was not accepted"}, remedy: "upload",
		},
		{
			name: "expired certificate", service: sim.TenantConfig{Certificates: [][]byte{[]byte(cert)}}, in: pair(oldCert, oldKey),
			cause: CauseExpiredCredential, code: nightjar.CodeUnauthorized, step: StepToken, says: []string{"The certificate expired at"}, remedy: "new certificate",
		},
		{
			name: "feed switched off", service: sim.TenantConfig{Subscribed: true}, scenario: sim.Scenario{Disabled: []string{"Audit.Exchange"}},
			cause: CauseSubscriptionDisabled, code: nightjar.CodeIncomplete, step: StepSubscriptions, says: []string{"Audit.Exchange"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, microsoft(t, "sim", c.scenario, c.service))
			if c.in == nil {
				c.in = typed(canary)
			}
			if c.tenant == "" {
				c.tenant = contoso
			}
			watched := tenant("contoso", c.tenant, "sim")
			watched.Feeds = c.feeds
			b.add(watched, c.in(b))
			wantCause(t, b, b.check("contoso"), c.cause, c.code, c.step, c.says, c.remedy)
		})
	}
}

func typed(text string) func(*bundle) CredentialInput {
	return func(*bundle) CredentialInput { return CredentialInput{Secret: secret.New(text)} }
}

func pair(cert, key string) func(*bundle) CredentialInput {
	return func(b *bundle) CredentialInput {
		return CredentialInput{CertificateFile: b.file("cert.pem", cert), PrivateKeyFile: b.file("key.pem", key)}
	}
}

func wantCause(t *testing.T, b *bundle, r Report, cause Cause, code nightjar.Code, step StepName, says []string, remedy string) {
	t.Helper()
	if r.OK || r.Cause != cause || r.Code != code {
		t.Errorf("cause %q, code %q; want %q, %q", r.Cause, r.Code, cause, code)
	}
	for _, s := range says {
		if !strings.Contains(r.Summary, s) {
			t.Errorf("summary %q lacks %q", r.Summary, s)
		}
	}
	if !strings.Contains(r.Remedy, remedy) || r.Remedy == "" {
		t.Errorf("remedy %q lacks %q", r.Remedy, remedy)
	}
	for _, s := range r.Steps {
		if s.Cause == cause && s.Name != step {
			// Several steps may name the same cause; the first is the one that counts.
			continue
		}
		if s.Name == step && s.Cause != cause {
			t.Errorf("step %s names %q", s.Name, s.Cause)
		}
	}
	if nightjar.CodeOf(r.Err()) != code {
		t.Errorf("error %v", r.Err())
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for where, s := range map[string]string{"report": string(text), "log": b.log.String()} {
		if strings.Contains(s, canary) || strings.Contains(s, "PRIVATE KEY") || strings.Contains(s, "eyJ") {
			t.Errorf("the %s holds a secret: %s", where, s)
		}
	}
	if t.Failed() {
		t.Logf("report: %s", text)
	}
}

func TestCheckNamesTheCloudThatKnowsTheTenant(t *testing.T) {
	t.Parallel()
	here := microsoft(t, "here", sim.Scenario{}, sim.TenantConfig{ID: string(fabrikam)})
	there := microsoft(t, "there", sim.Scenario{}, sim.TenantConfig{})
	b := setup(t, here, there)
	b.add(tenant("contoso", contoso, "here"), CredentialInput{Secret: secret.New(canary)})
	wantCause(t, b, b.check("contoso"), CauseWrongCloud, nightjar.CodeInvalid, StepNetwork, []string{"the cloud there does"}, "cloud to there")
}

func TestCheckNamesABlockedNetwork(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "https://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	works := microsoft(t, "sim", sim.Scenario{}, sim.TenantConfig{})
	cases := map[string]struct {
		cloud nightjar.Cloud
		step  StepName
		says  string
	}{
		"nobody listens":        {nightjar.Cloud{Name: "sim", Login: closed, Management: closed}, StepNetwork, "does not accept connections"},
		"name does not resolve": {nightjar.Cloud{Name: "sim", Login: "https://login.invalid", Management: closed}, StepNetwork, "login.invalid does not resolve"},
		"only the API is blocked": {
			nightjar.Cloud{Name: "sim", Login: works.Login, Management: closed, CAFile: works.CAFile}, StepAPI, "does not accept connections",
		},
		"inspected without our trust": {nightjar.Cloud{Name: "sim", Login: works.Login, Management: works.Management}, StepNetwork, "not trusted"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.cloud)
			if strings.HasSuffix(c.cloud.Login, ".invalid") {
				// Some resolvers answer for every name: this one does not.
				b.cfg.HTTP.DialContext = (&net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: noResolver}}).DialContext
				b.c = b.connector()
			}
			b.add(tenant("contoso", contoso, "sim"), CredentialInput{Secret: secret.New(canary)})
			r := b.check("contoso")
			if c.step == StepAPI {
				// The simulated sign-in has no such resource and says so first; the API step must still tell.
				for _, s := range r.Steps {
					if s.Name == StepAPI && (s.Cause != CauseBlockedNetwork || !strings.Contains(s.Detail, c.says)) {
						t.Errorf("step %+v", s)
					}
				}
				return
			}
			wantCause(t, b, r, CauseBlockedNetwork, nightjar.CodeUnavailable, c.step, []string{c.says}, "")
		})
	}
}

func TestCheckNamesFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t, microsoft(t, "sim", sim.Scenario{}, sim.TenantConfig{}))
	path := b.file("secret", canary)
	if _, err := b.c.Declare(t.Context(), []Declaration{{tenant("contoso", contoso, "sim"), CredentialInput{SecretFile: path + "-gone"}}}); err != nil {
		t.Fatal(err)
	}
	wantCause(t, b, b.check("contoso"), CauseSettings, nightjar.CodeInvalid, StepSettings, []string{path + "-gone cannot be read"}, "path")
}

func TestCheckWarnsOfMoreRightsThanNeeded(t *testing.T) {
	t.Parallel()
	b := setup(t, microsoft(t, "sim", sim.Scenario{}, sim.TenantConfig{Subscribed: true, Roles: []string{"ActivityFeed.Read", "ActivityFeed.ReadDlp", "ServiceHealth.Read"}}))
	b.add(tenant("contoso", contoso, "sim"), CredentialInput{Secret: secret.New(canary)})
	r := b.check("contoso")
	if !r.OK || len(r.Excess) != 1 || r.Excess[0] != "ServiceHealth.Read" {
		t.Errorf("report %+v", r)
	}
	feeds := map[nightjar.Feed]nightjar.FeedOptions{nightjar.FeedDLP: {Off: true}}
	if _, err := b.c.Declare(t.Context(), []Declaration{{nightjar.Tenant{ID: contoso, Name: "contoso", ClientID: app, Cloud: "sim", Feeds: feeds}, CredentialInput{SecretFile: b.file("s", canary)}}}); err != nil {
		t.Fatal(err)
	}
	if r := b.check("contoso"); !r.OK || len(r.Excess) != 2 {
		t.Errorf("with DLP.All off, its permission is not in excess: %+v", r)
	}
}

var errNoResolver = errors.New("no resolver")

func noResolver(context.Context, string, string) (net.Conn, error) { return nil, errNoResolver }
