package connect

import (
	"context"
	"fmt"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
)

const remedyAuditing = "In the Microsoft Purview portal open Audit and choose \"Start recording user and admin activity\", " +
	"or run Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true in Exchange Online PowerShell. It takes up to 60 minutes to take effect."

func (k *checker) api(ctx context.Context) Step {
	if _, _, err := m365.Reach(ctx, k.http, k.cloud.Management, k.c.clock); err != nil {
		return k.unreachable(err)
	}
	return ok(k.cloud.Management + " answers.")
}

// auditing asks for the subscriptions: a tenant that records no audit log is
// answered as if it did not exist. Source: learn.microsoft.com/office/office-365-management-api/troubleshooting-the-office-365-management-activity-api,
// read 2026-11-22.
func (k *checker) auditing(ctx context.Context) Step {
	subscriptions, err := k.client.ListSubscriptions(ctx)
	if err != nil {
		return k.apiFailed(err)
	}
	states := make(map[nightjar.Feed]string)
	for _, s := range subscriptions {
		states[s.Feed] = "disabled"
		if s.Enabled() {
			states[s.Feed] = "enabled"
		}
	}
	running := 0
	for _, f := range nightjar.Feeds() {
		state := states[f]
		switch {
		case k.conn.Feeds[f].Off:
			state = "off"
		case state == "":
			state = "missing"
		case state == "enabled":
			running++
		}
		k.report.Subscriptions = append(k.report.Subscriptions, FeedState{f, state})
	}
	if running == 0 {
		return ok("Microsoft answers for this tenant; whether it records is certain once a feed is subscribed.")
	}
	return ok("Microsoft answers for this tenant.")
}

// apiFailed names why the Management Activity API refuses.
func (k *checker) apiFailed(err error) Step {
	switch m365.KindOf(err) {
	case m365.KindTenantUnknown:
		return failed(CauseAuditingOff, nightjar.CodeNotFound,
			"Auditing is off in this tenant: Microsoft answers that the tenant does not exist, although sign-in knows it.", remedyAuditing)
	case m365.KindPermission:
		return failedBy(CauseMissingPermission, err)
	case m365.KindConfig:
		return failedBy(CauseWrongTenant, err)
	case m365.KindAuth:
		return k.signInFailed(err)
	case m365.KindThrottled:
		return failedBy(CauseThrottled, err)
	case m365.KindNetwork:
		return k.unreachable(err)
	case m365.KindForeignHost, m365.KindTransient:
		return failedBy(CauseNotRecognised, err)
	case m365.KindServer:
		return failedBy(CauseService, err)
	default:
		return failedBy(CauseUnexpected, err)
	}
}

func (k *checker) subscriptions(context.Context) Step {
	var disabled, missing []string
	for _, s := range k.report.Subscriptions {
		switch s.Status {
		case "disabled":
			disabled = append(disabled, string(s.Feed))
		case "missing":
			missing = append(missing, string(s.Feed))
		}
	}
	switch {
	case len(disabled) > 0:
		return Step{
			Status: StepWarn, Cause: CauseSubscriptionDisabled, code: nightjar.CodeIncomplete,
			Detail: "Switched off by an administrator of the tenant or the service: " + strings.Join(disabled, ", ") + ".",
			Remedy: "Find out who did that and why: it blinds the audit log. Then start the feed again.",
		}
	case len(missing) > 0:
		return warn("Not subscribed yet: "+strings.Join(missing, ", ")+". The collector subscribes them; Microsoft can take 12 hours for the first content.", "Run nightjar serve, or nightjar collect --once.")
	}
	return ok("Every feed that is on runs.")
}

func (k *checker) expiry(context.Context) Step {
	x := k.report.Credential
	if x.Kind == CredentialFederated {
		return ok("A federated credential does not expire.")
	}
	if x.Expires.IsZero() {
		return ok("Its end is not known: Microsoft does not tell an application when its secret expires. Entra shows it under Certificates & secrets.")
	}
	left := x.Expires.Sub(k.c.clock.Now())
	at := x.Expires.UTC().Format(time.DateOnly)
	switch {
	case left <= 0:
		return failed(CauseExpiredCredential, nightjar.CodeUnauthorized, fmt.Sprintf("The %s expired on %s.", x.Kind.noun(), at), "Make a new one in Entra and hand it to Nightjar: docs/connect.md, \"Renewing a credential\".")
	case left < k.c.cfg.ExpiryWarning:
		return warn(fmt.Sprintf("The %s expires on %s, in %s.", x.Kind.noun(), at, days(left)), "Make a new one in Entra before that day.")
	}
	return ok(fmt.Sprintf("The %s is valid until %s.", x.Kind.noun(), at))
}

// days writes a duration in whole days.
func days(d time.Duration) string {
	if n := int(d.Hours() / 24); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "1 day"
}
