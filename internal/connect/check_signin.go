package connect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

// managementAppID is the application id of "Office 365 Management APIs", which
// stands as the audience of some tokens in place of the root. Source:
// learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in, read 2026-11-22.
const managementAppID = "c5393580-f805-4401-95e8-94b7a6ef2fc2"

const (
	roleRead    = "ActivityFeed.Read"
	roleReadDLP = "ActivityFeed.ReadDlp"
)

const (
	remedyConsent = "In the Entra admin center open the application, API permissions, and press \"Grant admin consent\" as an administrator of this tenant. docs/connect.md shows each click."
	remedyGrant   = "In the Entra admin center open the application, API permissions, Add a permission, \"Office 365 Management APIs\", Application permissions, tick it, and press \"Grant admin consent\"."
)

func (k *checker) token(ctx context.Context) Step {
	t, err := k.tokens.Token(ctx, k.cloud.Management)
	if err != nil {
		return k.signInFailed(err)
	}
	if k.claims, err = m365.DecodeClaims(t.Value); err != nil {
		return failed(CauseNotRecognised, nightjar.CodeUnauthorized, "Sign-in gave a token that cannot be read.", "Look at the cloud's login root and at proxies in between.")
	}
	return ok(fmt.Sprintf("The token is valid until %s.", t.Expires.UTC().Format(time.RFC3339)))
}

// signInFailed names why the sign-in service refuses.
func (k *checker) signInFailed(err error) Step {
	if _, ok := errors.AsType[*m365.NetworkError](err); ok {
		return k.unreachable(err)
	}
	var auth *m365.AuthError
	if !errors.As(err, &auth) {
		return failedBy(CauseSettings, err)
	}
	s := failedBy(causeOf(auth.Kind), err)
	expired := !k.report.Credential.Expires.IsZero() && k.report.Credential.Expires.Before(k.c.clock.Now())
	switch {
	case expired && k.conn.Credential.Kind == CredentialCertificate && (auth.Kind == m365.AuthAssertion || auth.Kind == m365.AuthSecretExpired):
		// Entra says of an expired certificate only that its key is not accepted.
		s.Cause = CauseExpiredCredential
		s.Detail = "The certificate expired at " + k.report.Credential.Expires.UTC().Format(time.RFC3339) + "."
		s.Remedy = "Make a new certificate, upload it to the application in Entra, and hand it to Nightjar: docs/connect.md, \"Renewing a credential\"."
	case auth.Kind == m365.AuthAppUnknown:
		s.Detail = fmt.Sprintf("The application %s is not known in the tenant %s: nobody granted it consent there, or the tenant id or the client id is of another.", k.conn.ClientID, k.conn.ID)
		s.Remedy = "Compare both ids with the application's Overview page in the Entra admin center of this tenant. If they are right: " + remedyConsent
	case auth.Kind == m365.AuthClock && k.hasSkew && k.skew.Abs() < skewWarn:
		// This machine's clock agrees with Microsoft's: the token file is what is out of date.
		if k.conn.Credential.Kind == CredentialFederated {
			s.Cause = CauseWrongFederation
		}
	}
	if auth.AADSTS != 0 {
		s.Detail += fmt.Sprintf(" (AADSTS%d)", auth.AADSTS)
	}
	return s
}

func causeOf(kind m365.AuthKind) Cause {
	switch kind {
	case m365.AuthSecretWrong:
		return CauseWrongSecret
	case m365.AuthSecretID:
		return CauseSecretID
	case m365.AuthSecretExpired:
		return CauseExpiredCredential
	case m365.AuthAppUnknown, m365.AuthConsent, m365.AuthResource:
		return CauseMissingConsent
	case m365.AuthAppDisabled:
		return CauseAppDisabled
	case m365.AuthTenantUnknown, m365.AuthForeignAccount:
		return CauseWrongTenant
	case m365.AuthAssertion:
		return CauseWrongCertificate
	case m365.AuthFederation:
		return CauseWrongFederation
	case m365.AuthClock:
		return CauseClockSkew
	case m365.AuthCloud:
		return CauseWrongCloud
	case m365.AuthPolicy:
		return CausePolicy
	case m365.AuthDeclined:
		return CauseConsentDeclined
	case m365.AuthNotAdmin:
		return CauseNotAdmin
	case m365.AuthThrottled:
		return CauseThrottled
	case m365.AuthServer:
		return CauseService
	case m365.AuthUnintelligible:
		return CauseNotRecognised
	case m365.AuthUnexpected:
	}
	return CauseUnexpected
}

func (k *checker) identity(context.Context) Step {
	if k.claims.TenantID != k.conn.ID {
		return failed(CauseWrongTenant, nightjar.CodeUnauthorized,
			fmt.Sprintf("The token is for the tenant %s, not for %s.", k.claims.TenantID, k.conn.ID), "Correct the tenant id.")
	}
	audience := strings.TrimRight(strings.ToLower(k.claims.Audience), "/")
	if audience != strings.TrimRight(strings.ToLower(k.cloud.Management), "/") && audience != managementAppID {
		return failed(CauseWrongCloud, nightjar.CodeUnauthorized,
			fmt.Sprintf("The token is for %s, not for %s.", k.claims.Audience, k.cloud.Management), "Check the tenant's cloud.")
	}
	if k.claims.AppID != "" && !strings.EqualFold(k.claims.AppID, k.conn.ClientID) {
		return failed(CauseSettings, nightjar.CodeUnauthorized,
			fmt.Sprintf("The token is for the application %s, not for %s.", k.claims.AppID, k.conn.ClientID), "Correct the client id.")
	}
	return ok("Tenant, application and cloud agree.")
}

func (k *checker) permissions(context.Context) Step {
	roles := slices.Sorted(slices.Values(k.claims.Roles))
	k.report.Permissions = append(k.report.Permissions, roles...)
	needed := k.needed()
	for _, n := range needed {
		if !slices.Contains(roles, n.Permission) {
			k.report.Missing = append(k.report.Missing, n)
		}
	}
	for _, r := range roles {
		if !slices.ContainsFunc(needed, func(n MissingPermission) bool { return n.Permission == r }) {
			k.report.Excess = append(k.report.Excess, r)
		}
	}
	var lacks []string
	for _, m := range k.report.Missing {
		lacks = append(lacks, m.Permission+" is missing, which "+m.Cost)
	}
	detail := sentence(strings.Join(lacks, "; "))
	switch {
	case len(roles) == 0 && len(needed) > 0:
		return failed(CauseMissingConsent, nightjar.CodeForbidden,
			"The token holds no permission: admin consent is missing, or no application permission was added. "+detail, remedyConsent)
	case len(k.report.Missing) > 0 && len(k.report.Missing) == len(needed), slices.ContainsFunc(k.report.Missing, func(m MissingPermission) bool { return m.Permission == roleRead }):
		return failed(CauseMissingPermission, nightjar.CodeForbidden, detail, remedyGrant)
	case len(k.report.Missing) > 0:
		return Step{Status: StepWarn, Cause: CauseMissingPermission, code: nightjar.CodeIncomplete, Detail: detail, Remedy: remedyGrant + " Or turn the feed off."}
	case len(k.report.Excess) > 0:
		return warn("More is granted than Nightjar uses: "+strings.Join(k.report.Excess, ", ")+".", "Remove it in Entra: whoever steals the credential gets it too.")
	}
	return ok(strings.Join(roles, ", ") + ".")
}

// needed lists the permissions for the feeds that are on, and what each is worth.
func (k *checker) needed() []MissingPermission {
	var out []MissingPermission
	var audit []string
	dlp := false
	for _, f := range k.feeds {
		if f == nightjar.FeedDLP {
			dlp = true
		} else {
			audit = append(audit, string(f))
		}
	}
	if len(audit) > 0 {
		out = append(out, MissingPermission{roleRead, "leaves " + strings.Join(audit, ", ") + " uncollected"})
	}
	if dlp {
		out = append(out, MissingPermission{roleReadDLP, "leaves DLP.All (matches of data loss prevention policies) uncollected"})
	}
	return out
}
