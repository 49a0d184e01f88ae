package sim

import (
	"slices"
	"time"
)

// An alertPolicy is one by which the service raises alerts.
type alertPolicy struct{ name, category, severity, operation, workload, description string }

// The first three are as records in the tests of
// https://github.com/elastic/integrations (packages/o365) and in its issues
// have them, read 2026-11-23; the others are in their manner.
var (
	mailReported = alertPolicy{
		"Email reported by user as malware or phish", "ThreatManagement", "Low", "UserSubmission", "SecurityComplianceCenter",
		"This alert is triggered when any email message is reported as malware or phish by users -V1.0.0.3",
	}
	mailReleased = alertPolicy{
		"User requested to release a quarantined message", "ThreatManagement", "Informational", "QuarantineRequestReleaseMessage", "Quarantine",
		"A user has requested to release an email from quarantine. -V1.0.0.1",
	}
	adminElevated = alertPolicy{
		"Elevation of Exchange admin privilege", "AccessGovernance", "Low", "GrantAdminPermission", "Exchange",
		"This alert is triggered when someone in your organization becomes an Exchange admin or gets new Exchange admin permissions -V1.0.0.1",
	}
	filesDeleted = alertPolicy{
		"Unusual volume of file deletion", "DataGovernance", "Medium", "FileDeleted", "SharePoint",
		"This alert is triggered when someone deletes an unusual number of files -V1.0.0.1",
	}
	senderStopped = alertPolicy{
		"User restricted from sending email", "ThreatManagement", "High", "CompromisedAccount", "Exchange",
		"This alert is triggered when someone is restricted from sending email -V1.0.0.1",
	}
)

// What policies say where nothing is wrong.
var (
	mailRemoved = alertPolicy{
		"Email messages containing phish URLs removed after delivery", "ThreatManagement", "Informational", "Protection", "Exchange",
		"Emails with phish URLs were delivered and later removed -V1.0.0.2",
	}
	mailForwarded = alertPolicy{
		"Creation of forwarding/redirect rule", "ThreatManagement", "Low", "MailRedirect", "Exchange",
		"This alert is triggered when someone in your organization sets up auto-forwarding, email forwarding, or a redirect rule -V1.0.0.1",
	}
)

// alertPolicies has each as often as it should come up.
var alertPolicies = []alertPolicy{
	mailReported, mailReported, mailReported, mailReleased, mailReleased, mailReleased, mailReleased, mailReleased, adminElevated, filesDeleted, filesDeleted, senderStopped,
}

// alert writes that a policy raised an alert about somebody (AlertTriggered),
// or that somebody was added to one (AlertEntityGenerated), of record type 40.
// Data holds an object as text: the members are those of real records.
func (w *writer) alert(operation string, p alertPolicy) {
	const stamp = "2006-01-02T15:04:05.0000000Z"
	w.openFor(operation, "SecurityComplianceCenter", 40, "Succeeded", "SecurityComplianceAlerts", 4)
	id := w.newGUID()
	span := []string{"ts", w.at.Add(-15 * time.Minute).Format(stamp), "te", w.at.Format(stamp), "op", p.operation}
	rest := []string{"tid", w.g.tenant, "tdc", "1"}
	if operation == "AlertTriggered" {
		w.pair("ObjectId", id)
		w.object("Data", slices.Concat([]string{"f3u", w.who.UPN}, span, []string{"wl", p.workload}, rest,
			[]string{"reid", w.newGUID(), "rid", w.idOf("alert rule", p.name), "cid", w.idOf("alert policy", p.name), "ad", p.description, "lon", p.operation, "an", p.name, "sev", p.severity}))
	} else {
		w.pair("ObjectId", w.who.UPN)
		w.pair("AlertEntityId", w.who.UPN)
		w.pair("EntityType", "User")
		w.object("Data", slices.Concat([]string{"etype", "User", "eid", w.who.UPN}, span, rest, []string{"suid", w.who.UPN, "ut", "Regular", "lon", p.operation}))
	}
	w.pair("UserId", "SecurityComplianceAlerts")
	w.pair("AlertId", id)
	w.text(`,"AlertLinks":[{"AlertLinkHref":""}]`)
	w.pair("AlertType", "System")
	w.pair("Category", p.category)
	w.pair("Comments", "New alert")
	w.pair("Name", p.name)
	w.pair("PolicyId", w.idOf("alert policy", p.name))
	w.pair("Severity", p.severity)
	w.pair("Source", "Office 365 Security & Compliance")
	w.pair("Status", "Active")
	w.close()
}

// object writes a property that holds an object of texts as text.
func (w *writer) object(name string, pairs []string) {
	w.text(`,"`, name, `":"{`)
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.text(`\"`, pairs[i], `\":\"`, pairs[i+1], `\"`)
	}
	w.text(`}"`)
}
