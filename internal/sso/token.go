package sso

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	nightjar "github.com/nightjar-sec/nightjar"
)

const (
	// skew is how far the provider's clock may be from ours where a token ends.
	skew = time.Minute
	// startSkew is how far it may be where one begins: the 5 minutes that most
	// validators allow.
	startSkew = 5 * time.Minute
	// maxText bounds what is kept of a claim.
	maxText = 255
)

// claims are the claims of an id token that we judge, beside those that the
// library does.
type claims struct {
	Party         string      `json:"azp"`
	Tenant        string      `json:"tid"`
	Object        string      `json:"oid"`
	Name          string      `json:"name"`
	Account       string      `json:"preferred_username"`
	Authenticated json.Number `json:"auth_time"`
}

// verify believes a token when the provider signed it with an algorithm on our
// list, for Nightjar, for this attempt and this time.
// Source: openid.net/specs/openid-connect-core-1_0.html section 3.1.3.7 and, for Entra,
// learn.microsoft.com/entra/identity-platform/claims-validation, read 2026-11-22.
func (p *provider) verify(ctx context.Context, m *metadata, at attempt, raw string) (Person, error) {
	token, err := m.verifier.Verify(oidc.ClientContext(ctx, p.http), raw)
	if err != nil {
		return Person{}, notBelieved(clean(err.Error()))
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return Person{}, notBelieved("its claims cannot be read")
	}
	now := p.clock.Now()
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(at.Nonce)) != 1:
		return Person{}, notBelieved("it belongs to another sign-in (nonce)")
	case c.Party != "" && c.Party != p.cfg.ClientID, c.Party == "" && len(token.Audience) > 1:
		return Person{}, notBelieved("it was made for another application (azp)")
	case token.IssuedAt.After(now.Add(startSkew)):
		return Person{}, notBelieved("it is of the future (iat): check the clocks")
	case token.IssuedAt.Before(at.Began.Add(-startSkew)):
		return Person{}, notBelieved("it is older than this sign-in (iat): check the clocks")
	case token.Subject == "" || len(token.Subject) > maxText:
		return Person{}, notBelieved("it names nobody (sub)")
	}
	out := Person{
		Provider: p.cfg.ID, Issuer: p.cfg.Issuer, Subject: token.Subject, Name: short(c.Name), Account: short(c.Account),
		Roles: values(token, p.cfg.RolesClaim),
	}
	if p.cfg.Entra {
		if err := p.entra(ctx, m, token, raw, c, &out); err != nil {
			return Person{}, err
		}
	}
	if out.Authenticated, err = authenticated(c.Authenticated, now); err != nil {
		return Person{}, err
	}
	if at.Purpose == PurposeStepUp {
		return out, p.anew(at, out)
	}
	return out, nil
}

// entra takes the identity that Microsoft says to use: the tenant and the
// person in it. The issuer must be that of the tenant, the key must sign for
// it, and the tenant must be one of those that may sign in.
func (p *provider) entra(ctx context.Context, m *metadata, token *oidc.IDToken, raw string, c claims, out *Person) error {
	tenant, err := nightjar.ParseTenantID(c.Tenant)
	if err != nil {
		return notBelieved("its tid is not a GUID")
	}
	issuer := strings.ReplaceAll(p.cfg.expects(), anyIssuer, string(tenant))
	_, signs, err := m.keys.verify(ctx, raw)
	switch {
	case err != nil:
		return notBelieved(clean(err.Error()))
	case token.Issuer != issuer || !strings.HasSuffix(issuer, "/"+string(tenant)+"/v2.0"):
		return notBelieved("its issuer is not that of its tenant")
	case signs != "" && strings.ReplaceAll(signs, anyIssuer, string(tenant)) != issuer:
		return notBelieved("its key does not sign for its issuer")
	case c.Object == "" || len(c.Object) > maxText:
		return notBelieved("it names nobody (oid)")
	case len(p.cfg.Tenants) > 0 && !slices.Contains(p.cfg.Tenants, tenant):
		return refused(nightjar.CodeForbidden, ReasonTenant, "the tenant "+string(tenant)+" is not among those that may sign in",
			"accounts of your organisation may not sign in here", "sign in with an account of the organisation that runs Nightjar")
	}
	out.Issuer, out.Tenant, out.Subject = issuer, tenant, strings.ToLower(c.Object)
	return nil
}

// authenticated reads auth_time. That of the future is none.
func authenticated(seconds json.Number, now time.Time) (time.Time, error) {
	if seconds == "" {
		return time.Time{}, nil
	}
	n, err := seconds.Float64()
	if err != nil || n <= 0 || n > 1e11 {
		return time.Time{}, notBelieved("its auth_time is not a time")
	}
	t := time.Unix(int64(n), 0).UTC()
	if t.After(now.Add(startSkew)) {
		return time.Time{}, notBelieved("its auth_time is of the future: check the clocks")
	}
	if t.After(now) {
		t = now
	}
	return t, nil
}

// anew refuses a step-up for which the person was not asked anew. What the
// provider says of how it asked (acr, amr) is not looked at: it means something
// else at each of them.
func (p *provider) anew(at attempt, who Person) error {
	if who.Authenticated.IsZero() {
		return refused(nightjar.CodeForbidden, ReasonStale, "the token has no auth_time",
			p.cfg.Name+" does not say when you signed in, so that it cannot confirm who you are", "an administrator has it send the claim auth_time: docs/sso.md")
	}
	if who.Authenticated.Before(at.Began.Add(-skew)) {
		return refused(nightjar.CodeForbidden, ReasonStale, "auth_time is before the attempt",
			p.cfg.Name+" did not ask you to sign in anew", "sign out there, or use your authenticator")
	}
	return nil
}

// values reads a claim that is a text or a list of them.
func values(token *oidc.IDToken, claim string) []string {
	if claim == "" {
		return nil
	}
	var all map[string]json.RawMessage
	if token.Claims(&all) != nil {
		return nil
	}
	var list []string
	if json.Unmarshal(all[claim], &list) == nil {
		return list
	}
	var one string
	if json.Unmarshal(all[claim], &one) == nil {
		return []string{one}
	}
	return nil
}

// short is a claim for the eye.
func short(s string) string {
	s = clean(s)
	return strings.ToValidUTF8(s[:min(len(s), maxText)], "")
}

var _ oidc.KeySet = (*keys)(nil)
