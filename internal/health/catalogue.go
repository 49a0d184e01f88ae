package health

import (
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Warnings returns every registered warning in the order of docs/health.md.
func Warnings() []Warning {
	return append(tenantWarnings(), machineWarnings()...)
}

func tenantWarnings() []Warning {
	noAccess := []nightjar.WarningCode{
		nightjar.WarnTenantUnreachable, nightjar.WarnCredentialWrong, nightjar.WarnCredentialExpired,
		nightjar.WarnPermissionMissing, nightjar.WarnAuditOff, nightjar.WarnSubscriptionDisabled,
	}
	return []Warning{
		{
			Code: nightjar.WarnAuditOff, Title: "Auditing is off", Severity: SeverityCritical, Whole: true,
			Text:      "The tenant does not record an audit log, so there is nothing to collect.",
			Remedy:    "In the Microsoft Purview portal open Audit and choose \"Start recording user and admin activity\". It takes up to 60 minutes. See docs/connect.md.",
			DependsOn: []nightjar.WarningCode{nightjar.WarnTenantUnreachable},
		},
		{
			Code: nightjar.WarnPermissionMissing, Title: "Permission missing", Severity: SeverityCritical,
			Text:   "The application lacks {permission}, which {cost}.",
			Remedy: "In the Entra admin center open the application, API permissions, add the permission of \"Office 365 Management APIs\" and grant admin consent. Then run: nightjar tenant check TENANT",
			DependsOn: []nightjar.WarningCode{
				nightjar.WarnTenantUnreachable, nightjar.WarnCredentialWrong, nightjar.WarnCredentialExpired,
			},
		},
		{
			Code: nightjar.WarnCredentialWrong, Title: "Sign-in refused", Severity: SeverityCritical, Whole: true,
			Text:      "Microsoft refuses the tenant's credential: {reason}.",
			Remedy:    "Run: nightjar tenant check TENANT. It names the cause and the click that repairs it.",
			DependsOn: []nightjar.WarningCode{nightjar.WarnCredentialExpired, nightjar.WarnTenantUnreachable},
		},
		{
			Code: nightjar.WarnCredentialExpired, Title: "Credential expired", Severity: SeverityCritical, Whole: true,
			Text:   "The tenant's {kind} expired at {expires}. Microsoft keeps content for 7 days: after that, events are lost.",
			Remedy: "Make a new secret or certificate in the Entra admin center (Certificates & secrets) and hand it to Nightjar: see \"Renewing a credential\" in docs/connect.md.",
		},
		{
			Code: nightjar.WarnCredentialExpiring, Title: "Credential expires soon", Severity: SeverityWarning, Whole: true,
			Text:      "The tenant's {kind} expires at {expires}.",
			Remedy:    "Make a new secret or certificate before that day and hand it to Nightjar: see \"Renewing a credential\" in docs/connect.md.",
			DependsOn: []nightjar.WarningCode{nightjar.WarnCredentialExpired},
		},
		{
			Code: nightjar.WarnTenantUnreachable, Title: "Microsoft does not answer", Severity: SeverityWarning, Whole: true,
			Text:         "Requests to {host} fail: {reason}.",
			Remedy:       "Check name resolution, the proxy and the firewall of this machine: nightjar tenant check TENANT says which of them is in the way.",
			VisibleAfter: 5 * time.Minute,
		},
		{
			Code: nightjar.WarnSubscriptionDisabled, Title: "Feed switched off", Severity: SeverityCritical,
			Text:      "An administrator of the tenant or of the service disabled the subscription. If nobody here did that, treat it as an attempt to blind the audit log.",
			Remedy:    "Find out who did it, then start the subscription again: nightjar tenant check TENANT shows its state.",
			DependsOn: []nightjar.WarningCode{nightjar.WarnAuditOff},
		},
		{
			Code: nightjar.WarnSourceSilent, Title: "Feed silent", Severity: SeverityWarning,
			Text:      "No successful poll since {since}.",
			Remedy:    "Ask what the collector last said: nightjar query \"SELECT time, level, message FROM collectors_out ORDER BY time DESC LIMIT 20\"",
			DependsOn: append([]nightjar.WarningCode{nightjar.WarnThrottledLong}, noAccess...),
		},
		{
			Code: nightjar.WarnThrottledLong, Title: "Throttled for long", Severity: SeverityWarning,
			Text:         "Microsoft has been refusing part of the requests since {since}. Nothing is lost while content is younger than 7 days.",
			Remedy:       "Set publisher_id to your own tenant's GUID, look for other tools that use the same one, or lower collect.requests_per_minute.",
			VisibleAfter: 10 * time.Minute,
		},
		{
			Code: nightjar.WarnContentExpiryNear, Title: "Content expires within 12 hours", Severity: SeverityCritical,
			Text:   "Content that is not yet fetched expires at {expires}. It is being fetched first; what is not fetched by then is lost.",
			Remedy: "Remove what holds the feed up (see the other warnings of this tenant), and raise collect.concurrency or collect.requests_per_minute if the quota allows.",
		},
		{
			Code: nightjar.WarnContentExpiryAtRisk, Title: "Content expires within 48 hours", Severity: SeverityWarning,
			Text:      "Content that is not yet fetched expires at {expires}.",
			Remedy:    "Remove what holds the feed up: see the other warnings of this tenant.",
			DependsOn: []nightjar.WarningCode{nightjar.WarnContentExpiryNear},
		},
		{
			Code: nightjar.WarnDataGap, Title: "Gap in the data", Severity: SeverityCritical,
			Text:   "Content between {from} and {to} is missing: {reason}.",
			Remedy: "nightjar coverage --tenant TENANT shows each gap, also after this warning ends seven days on. The unified audit log in Purview still holds those events for longer than 7 days.",
		},
		{
			Code: nightjar.WarnBlobQuarantined, Title: "Content in quarantine", Severity: SeverityWarning,
			Text:   "{count} content blobs do not parse. Their bytes are kept as received, and the rest of the feed goes on.",
			Remedy: "nightjar coverage --tenant TENANT names them, also after this warning ends seven days on. Please report the shape (not the content) of the record.",
		},
		{
			Code: nightjar.WarnEventsDiscarded, Title: "Records refused", Severity: SeverityWarning,
			Text:   "{count} records were refused: {reason}.",
			Remedy: "The records are not shown to anybody. Look at collectors_out for where they came from.",
		},
		{
			Code: nightjar.WarnReconcileMissing, Title: "Late content found", Severity: SeverityWarning,
			Text:   "The daily look at the last 7 days found {count} content blobs that no poll had shown. They are being fetched.",
			Remedy: "Widen collect.overlap if this repeats.",
		},
		{
			Code: nightjar.WarnRefetchGained, Title: "Young content was incomplete", Severity: SeverityInfo,
			Text:   "Content fetched again after it had settled held {count} more events. All young content of this feed is now fetched twice.",
			Remedy: "Nothing to do. The second fetch costs requests; coverage counts what it brings.",
		},
		{
			Code: nightjar.WarnWebhookRefused, Title: "Webhook refused", Severity: SeverityWarning,
			Text:   "Microsoft could not validate the webhook address: {reason}. Polling goes on; events only arrive a little later.",
			Remedy: "The address must be https, reachable from the internet, with a certificate that Microsoft trusts. Without one, remove the webhook section.",
		},
		{
			Code: nightjar.WarnForeignHost, Title: "Foreign host refused", Severity: SeverityCritical,
			Text:   "An answer pointed to {host}, which is not a host of the tenant's cloud. The token was not sent there.",
			Remedy: "Check the proxy between this machine and Microsoft, and the clouds section of the configuration.",
		},
	}
}

func machineWarnings() []Warning {
	return []Warning{
		{
			Code: nightjar.WarnClockSkew, Title: "Clock is wrong", Severity: SeverityWarning, Whole: true,
			Text:   "This machine's clock differs from Microsoft's by {skew}.",
			Remedy: "Switch on time synchronisation: timedatectl set-ntp true. From 5 minutes on, sign-in by certificate fails.",
		},
		{
			Code: nightjar.WarnDiskFull, Title: "Disk full", Severity: SeverityCritical, Whole: true,
			Text:   "{free} are left in {path}. Collection pauses rather than lose events; Microsoft keeps content for 7 days.",
			Remedy: "Free space, enlarge the volume, or shorten retention. Collection resumes by itself.",
		},
		{
			Code: nightjar.WarnDiskLow, Title: "Disk nearly full", Severity: SeverityWarning, Whole: true,
			Text:      "{free} are left in {path}.",
			Remedy:    "Enlarge the volume or shorten retention.",
			DependsOn: []nightjar.WarningCode{nightjar.WarnDiskFull},
		},
		{
			Code: nightjar.WarnUncleanShutdown, Title: "Stopped without notice", Severity: SeverityInfo, Whole: true,
			Text:   "The previous run, started at {started}, ended without closing: a crash, a kill or a power cut. Nothing was lost.",
			Remedy: "Look at the system's log for the reason (memory, power). nightjar journal verify checks every file.",
		},
		{
			Code: nightjar.WarnWorkerSandboxIncomplete, Title: "Query sandbox incomplete", Severity: SeverityWarning, Whole: true,
			Text:   "Query workers run with less isolation than meant: {missing}.",
			Remedy: "Use Linux 5.13 or newer with Landlock and seccomp enabled: see \"Analysts' SQL\" in docs/security.md.",
		},
		{
			Code: nightjar.WarnCatalogIntegrity, Title: "Catalog damaged", Severity: SeverityCritical, Whole: true,
			Text:   "The integrity check of the catalog fails: {reason}.",
			Remedy: "Stop Nightjar and restore the last backup: nightjar journal restore. Then look at the disk.",
		},
		{
			Code: nightjar.WarnSegmentDamaged, Title: "Journal file damaged", Severity: SeverityCritical,
			Text:   "A stored file cannot be read back as it was written: {reason}.",
			Remedy: "Run nightjar journal verify, which names each damaged file; restore those from the backup, and look at the disk.",
		},
		{
			Code: nightjar.WarnPipelineLogStalled, Title: "Pipeline log is not stored", Severity: SeverityWarning, Whole: true,
			Text:         "Rows of collectors_out wait in memory since {since}: {reason}.",
			Remedy:       "The journal cannot store: see the warnings about disk and catalog.",
			DependsOn:    []nightjar.WarningCode{nightjar.WarnDiskFull, nightjar.WarnCatalogIntegrity},
			VisibleAfter: time.Minute,
		},
		{
			Code: nightjar.WarnAuditTampered, Title: "Audit log tampered with", Severity: SeverityCritical, Whole: true,
			Text:   "Nightjar's own audit log does not fit together: {reason}.",
			Remedy: "Find out who can write the data folder. nightjar audit verify names the entry; compare with a backup or an earlier nightjar audit export. Then take away audit.head if it cannot be read.",
		},
		{
			Code: nightjar.WarnGeoDataOld, Title: "Address data are old", Severity: SeverityInfo,
			Text:   "{data}, which says where addresses are, is {days} days old. Places of addresses that changed hands since are wrong.",
			Remedy: "nightjar geo update fetches this month's; a file of your own (geo.city_db, geo.asn_db) is yours to renew. See docs/geo.md.",
		},
		{
			Code: nightjar.WarnGeoDataUnreadable, Title: "Address data cannot be read", Severity: SeverityWarning,
			Text:   "{file} is not used: {reason}. Events are collected all the same; their places come from what else there is.",
			Remedy: "nightjar geo status names each file and what is wrong with it; nightjar geo update fetches what can be fetched.",
		},
		{
			Code: nightjar.WarnDetectionBehind, Title: "Detection is behind", Severity: SeverityCritical, Whole: true,
			Text:      "Events wait for the rules: for {behind}, since {reason}. They are stored; alerts come late.",
			Remedy:    "Give the machine more processor or a faster disk, or switch off rules that match much: nightjar rule list. After a large backfill it catches up by itself.",
			DependsOn: []nightjar.WarningCode{nightjar.WarnDiskFull, nightjar.WarnCatalogIntegrity},
		},
		{
			Code: nightjar.WarnRuleFailing, Title: "A rule is out of order", Severity: SeverityWarning,
			Text:   "The rule {rule} finds nothing: {reason}. All other rules go on.",
			Remedy: "The reason says what is wrong with it; its page under Rules in the console has its text and runs its tests. A restart begins it anew.",
		},
		{
			Code: nightjar.WarnRulesBroken, Title: "Rules not in force", Severity: SeverityWarning,
			Text:   "{place}: {reason}.",
			Remedy: "nightjar rule list, and Rules in the console, name what is wrong with rules and with what was changed of them here. Rules of the same file that are right are in force; of a file that was right before, its last good version is.",
		},
		{
			Code: nightjar.WarnQueryRuleFailing, Title: "A scheduled rule cannot ask", Severity: SeverityWarning,
			Text:   "The rule {rule} finds nothing since {since}: {reason}. It asks again, and catches up on what it missed.",
			Remedy: "Its page under Rules in the console shows its query, and nightjar rule explain RULE does (--rules FOLDER for your own); run that with nightjar query to see what it says. A query that takes too long needs a shorter lookback.",
		},
		{
			Code: nightjar.WarnNotifierFailing, Title: "Channel failing", Severity: SeverityCritical,
			Text:         "The channel {channel} does not take messages: {problem}. They are kept and tried again.",
			Remedy:       "Try it: nightjar channel test CHANNEL says what the other side answers. See docs/notify.md.",
			VisibleAfter: 2 * time.Minute,
		},
		{
			Code: nightjar.WarnNotificationLost, Title: "Notifications not delivered", Severity: SeverityCritical,
			Text:   "{count} messages to the channel {channel} were given up, or may not have arrived.",
			Remedy: "nightjar delivery list --status dead shows them; repair the channel, then: nightjar delivery retry --channel CHANNEL",
		},
		{
			Code: nightjar.WarnHeartbeatFailing, Title: "Heartbeat not heard", Severity: SeverityWarning, Whole: true,
			Text:         "The outside monitor does not take the heartbeat: {problem}. It will raise the alarm although Nightjar runs.",
			Remedy:       "Check the address in notify.heartbeat_url_file and the way to it. See \"Heartbeat\" in docs/notify.md.",
			VisibleAfter: 2 * time.Minute,
		},
	}
}
