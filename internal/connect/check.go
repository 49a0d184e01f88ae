package connect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// checkStepTimeout bounds what one step may wait for, in the wall's time:
// a firewall that drops packets would otherwise hold the check up for minutes.
const checkStepTimeout = 30 * time.Second

const (
	// skewWarn is far more than time synchronisation leaves.
	skewWarn = time.Minute
	// skewLimit is where Entra begins to refuse assertions; also the 5 minutes
	// that Kerberos and most token validators allow.
	skewLimit = 5 * time.Minute
)

// checker runs the steps of one check.
type checker struct {
	c       *Connector
	conn    Connection
	cloud   nightjar.Cloud
	http    *http.Client
	cert    string
	m       material
	report  Report
	tokens  *m365.TokenSource
	client  *m365.Activity
	claims  m365.Claims
	feeds   []nightjar.Feed // that are on
	skew    time.Duration
	hasSkew bool
}

// Check tries a connection step by step and names the cause when it does not
// work. It changes nothing, here or at Microsoft. An error means that there is
// no such tenant or that ctx ended; everything else is in the report.
func (c *Connector) Check(ctx context.Context, ref string) (Report, error) {
	conn, err := c.Show(ctx, ref)
	if err != nil {
		return Report{}, err
	}
	_, certificate, _, err := byID(ctx, c.db, conn.ID)
	if err != nil {
		return Report{}, err
	}
	k := c.newChecker(conn, certificate)
	for _, s := range []struct {
		name  StepName
		title string
		needs []StepName
		run   func(context.Context) Step
	}{
		{StepSettings, "Settings are plausible", nil, k.settings},
		{StepNetwork, "Sign-in host answers", []StepName{StepSettings}, k.network},
		{StepClock, "Clock is right", []StepName{StepNetwork}, k.clockStep},
		{StepToken, "Sign-in succeeds", []StepName{StepSettings, StepNetwork}, k.token},
		{StepIdentity, "Token is for this tenant and cloud", []StepName{StepToken}, k.identity},
		{StepPermissions, "Permissions are granted", []StepName{StepToken, StepIdentity}, k.permissions},
		{StepAPI, "Management API answers", []StepName{StepSettings}, k.api},
		{StepAuditing, "Auditing is on", []StepName{StepToken, StepIdentity, StepPermissions, StepAPI}, k.auditing},
		{StepSubscriptions, "Feeds are subscribed", []StepName{StepAuditing}, k.subscriptions},
		{StepExpiry, "Credential lasts", nil, k.expiry},
	} {
		if err := context.Cause(ctx); err != nil {
			return k.report, err
		}
		k.report.step(k.runStep(ctx, s.name, s.title, s.needs, s.run))
	}
	k.report.conclude()
	return k.report, nil
}

// newChecker returns a checker that has tried nothing. certificate is the PEM
// of an added one.
func (c *Connector) newChecker(conn Connection, certificate string) *checker {
	k := &checker{c: c, conn: conn, cert: certificate, report: Report{
		TenantID: conn.ID, Tenant: conn.Name, Cloud: conn.Cloud, ClientID: conn.ClientID, Time: c.clock.Now(), Credential: conn.Credential,
		Permissions: []string{}, Missing: []MissingPermission{}, Excess: []string{}, Subscriptions: []FeedState{},
	}}
	for _, f := range nightjar.Feeds() {
		if !conn.Feeds[f].Off {
			k.feeds = append(k.feeds, f)
		}
	}
	return k
}

func (k *checker) runStep(ctx context.Context, name StepName, title string, needs []StepName, run func(context.Context) Step) Step {
	if slices.ContainsFunc(needs, k.report.failed) {
		return Step{Name: name, Title: title, Status: StepSkipped, Detail: "not tried, because an earlier step failed"}
	}
	ctx, cancel := clock.Real().WithTimeout(ctx, checkStepTimeout)
	defer cancel()
	s := run(ctx)
	s.Name, s.Title = name, title
	return s
}

func ok(detail string) Step { return Step{Status: StepOK, Detail: detail} }

func warn(detail, remedy string) Step {
	return Step{Status: StepWarn, Detail: detail, Remedy: remedy}
}

func failed(cause Cause, code nightjar.Code, detail, remedy string) Step {
	return Step{Status: StepFailed, Cause: cause, code: code, Detail: detail, Remedy: remedy}
}

// failedBy is failed with the words of an error that was made for people.
func failedBy(cause Cause, err error) Step {
	var e *nightjar.Error
	if !errors.As(err, &e) {
		return failed(cause, nightjar.CodeInternal, err.Error(), "")
	}
	return failed(cause, e.Code, sentence(e.Message), sentence(nightjar.HintOf(err)))
}

// sentence turns the message of an error into a sentence. What was being done
// is the step's title already.
func sentence(s string) string {
	for _, doing := range []string{"sign in: ", "look up the tenant: ", "connect: ", "list subscriptions: "} {
		s = strings.TrimPrefix(s, doing)
	}
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

func (k *checker) settings(ctx context.Context) Step {
	t, err := k.c.normalised(k.conn.Tenant)
	if err != nil {
		return failedBy(CauseSettings, err)
	}
	k.cloud = k.c.clouds[t.Cloud]
	if k.m, err = k.c.material(ctx, k.conn, k.cert); err != nil {
		return failedBy(CauseSettings, err)
	}
	if k.conn.Declared && k.conn.Credential.Kind == CredentialCertificate || k.conn.Credential.Kind == CredentialConsent {
		k.report.Credential.Expires, k.report.Credential.Thumbprint = k.m.expires, k.m.thumbprint
	}
	cl, err := k.c.newClient(k.conn, k.m, nil)
	if err != nil {
		return failedBy(CauseSettings, err)
	}
	k.tokens, k.client = cl.tokens, cl.activity
	if k.http, err = k.c.httpClient(k.cloud); err != nil {
		return failedBy(CauseSettings, err)
	}
	if len(k.feeds) == 0 {
		return warn("Every feed of this tenant is off: nothing will be collected.", "Remove enabled: false from the feeds that you want.")
	}
	if k.conn.Credential.Kind == CredentialSecret && looksLikeID(k.m.secret) {
		return warn(sentence(noticeSecretID), "In Entra make a new client secret and copy its Value.")
	}
	if len(k.m.notices) > 0 {
		return warn(sentence(strings.Join(k.m.notices, "; ")), "")
	}
	return ok(fmt.Sprintf("Cloud %s, credential: %s.", k.cloud.Name, k.conn.Credential.Kind))
}

func (k *checker) network(ctx context.Context) Step {
	d, err := m365.Discover(ctx, k.http, k.cloud, k.conn.ID, k.c.clock)
	k.skew, k.hasSkew = d.Ahead, d.HasClock
	switch {
	case err != nil:
		return k.unreachable(err)
	case !d.Exists:
		return k.absent(ctx)
	}
	// GCC tenants sign in at the commercial host, and so do their mistakes.
	if want := cloudOf(d.SubScope); want != "" && want != k.cloud.Name && isDocumented(k.cloud) {
		return failed(CauseWrongCloud, nightjar.CodeInvalid,
			fmt.Sprintf("The tenant belongs to the cloud %s, and is connected with the cloud %s.", want, k.cloud.Name), "Set the tenant's cloud to "+want+".")
	}
	return ok("The sign-in host knows the tenant.")
}

// cloudOf says in which cloud a sub-scope of the openid configuration is.
// Microsoft does not document the field; the values are those that public
// tenants of each kind show, read 2026-11-22.
func cloudOf(subScope string) string {
	switch strings.ToUpper(subScope) {
	case "GCC":
		return "gcc"
	case "DODCON":
		return "gcchigh"
	case "DOD":
		return "dod"
	}
	return ""
}

func isDocumented(c nightjar.Cloud) bool {
	for _, d := range nightjar.Clouds() {
		if d.Name == c.Name && d.Login == c.Login {
			return true
		}
	}
	return false
}

// absent looks for the tenant at the sign-in hosts of the other clouds. Only
// the tenant's id is sent, which is public.
func (k *checker) absent(ctx context.Context) Step {
	for _, name := range k.c.cloudNames() {
		other := k.c.clouds[name]
		if other.Login == k.cloud.Login {
			continue
		}
		h, err := k.c.httpClient(other)
		if err != nil {
			continue // another cloud's settings are not what is checked here
		}
		d, err := m365.Discover(ctx, h, other, k.conn.ID, k.c.clock)
		if err != nil || !d.Exists {
			continue // an unreachable cloud proves nothing
		}
		if want := cloudOf(d.SubScope); want != "" && isDocumented(other) {
			name = want
		}
		return failed(CauseWrongCloud, nightjar.CodeInvalid,
			fmt.Sprintf("The cloud %s does not know the tenant, the cloud %s does.", k.cloud.Name, name), "Set the tenant's cloud to "+name+".")
	}
	return failed(CauseWrongTenant, nightjar.CodeUnauthorized,
		fmt.Sprintf("No tenant with the id %s exists in the cloud %s.", k.conn.ID, k.cloud.Name),
		"Copy \"Directory (tenant) ID\" from the application's Overview page in the Entra admin center, and check the tenant's cloud.")
}

// unreachable names what stands between this machine and Microsoft.
func (k *checker) unreachable(err error) Step {
	if n, ok := errors.AsType[*m365.NetworkError](err); ok {
		if n.Cause == m365.NetworkCertValidity {
			s := failedBy(CauseClockSkew, err)
			s.code = nightjar.CodeUnauthorized
			return s
		}
		return failedBy(CauseBlockedNetwork, err)
	}
	return k.signInFailed(err)
}

func (k *checker) clockStep(context.Context) Step {
	if !k.hasSkew {
		return Step{Status: StepSkipped, Detail: "the answer did not tell the time"}
	}
	off := k.skew.Abs().Round(time.Second)
	direction := "behind"
	if k.skew < 0 {
		direction = "ahead of"
	}
	text := fmt.Sprintf("This machine's clock is %s %s Microsoft's.", off, direction)
	const remedy = "Switch on time synchronisation (timedatectl set-ntp true) and check again."
	switch {
	case off >= skewLimit:
		return failed(CauseClockSkew, nightjar.CodeUnauthorized, text+" Sign-in by certificate fails, and time windows are refused.", remedy)
	case off >= skewWarn:
		return warn(text, remedy)
	}
	return ok(fmt.Sprintf("It differs from Microsoft's by %s.", off))
}
