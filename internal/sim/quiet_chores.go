package sim

import (
	"fmt"
	"strconv"
	"time"
)

// A chore is what happens in a company besides the daily work, so often in a
// thousand working days, by one of the administrators or by anybody.
type chore struct {
	perMille int // of working days; 3,000 is three times a day
	admin    bool
	feed     int
	write    func(w *writer)
	times    int           // how many events it takes; 0 means one
	apart    time.Duration // between them
}

// admins is how many people administrate.
const admins = 6

func chores() []chore {
	return []chore{
		// The help desk, and people who come and go.
		{4000, true, feedAAD, func(w *writer) { w.directoryChange("Reset user password.") }, 0, 0},
		{2500, true, feedAAD, func(w *writer) { w.directoryChange("Update user.") }, 0, 0},
		{500, true, feedAAD, func(w *writer) { w.directoryChange("Add user.") }, 0, 0},
		{300, true, feedAAD, func(w *writer) { w.directoryChange("Disable account.") }, 0, 0},
		{120, true, feedAAD, func(w *writer) { w.directoryChange("Delete user.") }, 0, 0},
		{6000, true, feedAAD, func(w *writer) { w.directoryChange("Add member to group.") }, 0, 0},
		{3000, true, feedAAD, func(w *writer) { w.directoryChange("Set license properties.") }, 0, 0},
		{900, true, feedAAD, func(w *writer) { w.directoryChange("Update StsRefreshTokenValidFrom Timestamp.") }, 0, 0},
		{1500, false, feedAAD, func(w *writer) { w.directoryChange("Change user password.") }, 0, 0},
		{2000, false, feedAAD, func(w *writer) {
			w.directory("User registered security info", "User", w.who.UPN, "MethodType", w.word("Authenticator App", "Mobile Phone"), "")
		}, 0, 0},
		// Roles, applications and policies.
		{60, true, feedAAD, func(w *writer) {
			role := w.word("User Administrator", "Helpdesk Administrator", "Reports Reader", "Message Center Reader")
			w.directory("Add member to role.", "User", w.colleague().UPN, "Role.ObjectID", w.newGUID(), "", "Role.DisplayName", role, "", "Role.TemplateId", w.newGUID(), "")
		}, 0, 0},
		{10, true, feedAAD, func(w *writer) {
			w.directory("Add member to role.", "User", w.colleague().UPN, "Role.ObjectID", w.newGUID(), "", "Role.DisplayName", "Global Administrator", "",
				"Role.TemplateId", "62e90394-69f5-4237-9190-012177145e10", "", "Role.WellKnownObjectName", "TenantAdmins", "")
		}, 0, 0},
		{300, true, feedAAD, func(w *writer) { w.directoryChange("Add service principal.") }, 0, 0},
		{400, true, feedAAD, func(w *writer) { w.directoryChange("Update application.") }, 0, 0},
		{40, true, feedAAD, func(w *writer) {
			w.directory("Update application – Certificates and secrets management ", "Application", "Backup Connector",
				"KeyDescription", "[[KeyIdentifier="+w.newGUID()+",KeyType=Password,KeyUsage=Verify,DisplayName=renewed]]", "[]")
		}, 0, 0},
		{60, true, feedAAD, func(w *writer) {
			w.directory("Update conditional access policy.", "Policy", "Require MFA for all users")
		}, 0, 0},
		{700, false, feedAAD, func(w *writer) { w.consent("User.Read openid profile", "Principal", "False") }, 0, 0},
		{60, true, feedAAD, func(w *writer) {
			w.consent("User.Read.All Calendars.Read offline_access", "AllPrincipals", "True")
		}, 0, 0},
		{2500, false, feedAAD, func(w *writer) { w.directory("Invite external user.", "User", w.guest()) }, 0, 0},
		// Mailboxes.
		{900, true, feedExchange, func(w *writer) {
			w.cmdlet("Add-MailboxPermission", "shared-"+w.who.Team, "Identity", "shared-"+w.who.Team, "User", w.colleague().UPN, "AccessRights", "FullAccess")
		}, 0, 0},
		{2500, true, feedExchange, func(w *writer) {
			w.cmdlet("Set-Mailbox", w.who.UPN, "Identity", w.who.UPN, "RetainDeletedItemsFor", "14.00:00:00", "LitigationHoldEnabled", "False")
		}, 0, 0},
		{4000, false, feedExchange, func(w *writer) {
			w.inboxRule(w.word("Newsletters", "Boss", "Tickets", "Build"), "MoveToFolder", w.word("Reading", "Later", "Tickets"), "From", "news@example.org")
		}, 0, 0},
		{60, false, feedExchange, func(w *writer) {
			w.inboxRule("Holiday cover", "ForwardTo", w.colleague().UPN)
		}, 0, 0},
		{40, true, feedExchange, func(w *writer) {
			w.cmdlet("Set-TransportRule", "Disclaimer", "Identity", "Disclaimer", "ApplyHtmlDisclaimerText", "Contoso")
		}, 0, 0},
		{3000, false, feedExchange, func(w *writer) { w.mailItem("SendOnBehalf", 2) }, 0, 0},
		// Files: sharing, a new laptop that fetches everything, a clean-up, a move of a folder.
		{9000, false, feedSharePoint, func(w *writer) { w.file(w.word("SharingSet", "CompanyLinkCreated", "SecureLinkCreated"), 14) }, 0, 0},
		{2500, false, feedSharePoint, func(w *writer) { w.file("AnonymousLinkCreated", 14) }, 0, 0},
		{400, false, feedSharePoint, func(w *writer) { w.file("FileSyncDownloadedFull", 6) }, 600, 900 * time.Millisecond},
		{300, false, feedSharePoint, func(w *writer) { w.file("FileRecycled", 6) }, 120, 2 * time.Second},
		{300, false, feedSharePoint, func(w *writer) { w.file("FileUploaded", 6) }, 250, 2 * time.Second},
		{200, false, feedSharePoint, func(w *writer) { w.file("FileRenamed", 6) }, 60, time.Second},
		{1500, false, feedSharePoint, func(w *writer) { w.file("FileDownloaded", 6) }, 12, 4 * time.Second},
		// What Microsoft's own policies say.
		{15000, false, feedDLP, (*writer).dlp, 0, 0},
		{1500, false, feedGeneral, func(w *writer) { w.alert("AlertTriggered", mailRemoved) }, 0, 0},
		{80, false, feedGeneral, func(w *writer) { w.alert("AlertTriggered", mailForwarded) }, 0, 0},
	}
}

// chores are those of a day, during working hours, a tenth of them on weekends.
func (q *quietTenant) chores(acts []act, day int, midnight time.Time, weekend bool) []act {
	for i, c := range chores() {
		d := q.dice(day, "chore", i)
		rate := c.perMille
		if weekend {
			rate /= 10
		}
		times := rate / 1000
		if d.below(1000) < rate%1000 {
			times++
		}
		for range times {
			n := admins + d.below(len(q.g.people.people)-admins)
			if c.admin {
				n = d.below(admins)
			}
			if q.hired(n) > day {
				n = admins
			}
			who := q.g.people.people[n]
			_, from, _ := q.whereabouts(day, n, q.dice(day, "person", n))
			s := sitting{who, from, fmt.Sprintf("laptop %s %d", who.UPN, day/7)}
			at := midnight.Add(time.Duration(9-who.Place.zone)*time.Hour + time.Duration(d.below(420*60))*time.Second)
			for k := range max(c.times, 1) {
				acts = append(acts, s.act(at.Add(time.Duration(k)*c.apart), c.feed, c.write))
			}
		}
	}
	return acts
}

// background is what services and the tenant's own applications do.
func (q *quietTenant) background(acts []act, day int, midnight time.Time) []act {
	d := q.dice(day, "background", 0)
	for range q.cfg.People / 4 {
		n := d.below(q.cfg.People)
		s := sitting{who: q.g.people.people[n]}
		p, service, change := principals[d.below(len(principals))], services[d.below(len(services))], d.chance(40)
		acts = append(acts, s.act(midnight.Add(time.Duration(d.below(86400))*time.Second), feedAAD, func(w *writer) {
			if change {
				w.principalChange(p)
				return
			}
			w.writeSignIn(signIn{
				operation: "UserLoggedIn", clientIP: service.from, errorNumber: "0", client: service.microsoftApp[0],
				resource: signInApps[0][0], request: "OAuth2:Token", interactive: "false",
			})
		}))
	}
	return acts
}

func (w *writer) colleague() *person {
	return &w.g.people.people[w.dice.below(len(w.g.people.people))]
}

// guest is somebody of another company.
func (w *writer) guest() string {
	return "partner" + strconv.Itoa(w.dice.below(500)) + "_" + w.word("fabrikam.example", "adatum.example", "litware.example") + "#EXT#@" + w.g.domain
}

// consent writes that an application was allowed to act.
func (w *writer) consent(scope, kind, admin string) {
	app := w.word("Calendar Helper", "Survey Tool", "Travel Booking", "Whiteboard")
	all := "False"
	if kind == "AllPrincipals" {
		all = "True"
	}
	w.directory("Consent to application.", "ServicePrincipal", app,
		"ConsentContext.IsAdminConsent", admin, "", "ConsentContext.OnBehalfOfAll", all, "",
		"ConsentAction.Permissions", "[] => [[Id: "+w.newGUID()+", ClientId: "+w.idOf("client", app)+", ConsentType: "+kind+", Scope: "+scope+"]]; ", "")
}
