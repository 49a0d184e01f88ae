package sim

// What is in the sign-ins and directory changes beside people at their desks.
// Of a thousand events of the directory's feed that people would cause:
const (
	perMilleServiceSignIn = 45 // Microsoft's services act for somebody, from their own addresses
	perMilleServiceChange = 30 // a service principal changes the directory
	perMilleTor           = 4
	perMillePrivate       = 6 // the record names an address inside somebody's network
	perMilleNoAddress     = 4
	// perMilleFederated is of the sign-ins of federated people alone.
	perMilleFederated = 400
)

// A service of Microsoft's, and one address of those that it acts from: of
// Exchange Online, SharePoint Online and Teams in
// https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges,
// read 2026-11-22. They are the only addresses of the simulation that are
// somebody's; where they stand is made up (see serviceTowns).
type service struct {
	microsoftApp
	from string
}

var services = []service{
	{microsoftApp{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"}, "40.99.201.18"},
	{microsoftApp{"cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", "Microsoft Teams Services"}, "52.113.194.7"},
	{microsoftApp{"00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"}, "52.104.72.33"},
}

// A principal is an application that acts by itself. The first are Microsoft's
// own, with the ids that they have in every tenant; the others are the
// tenant's: an application, and the managed identity of a machine, which is a
// service principal as well. Their sign-ins are not in the audit log, only what
// they change: of the real records at hand, 256 sign-ins are all of people,
// and the changes by service principals have the user type 4 (System). Graph
// has their sign-ins, by signInEventTypes: https://learn.microsoft.com/graph/api/resources/signin, read 2026-11-22.
type principal struct {
	id, name string // id "" means made of the seed
	from     string // "" where the service names no address
	change   string
	kind     string // of what it changes
}

var principals = []principal{
	{"01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9", "Device Registration Service", "", "Update device.", "Device"},
	{"cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", "Microsoft Teams Services", "52.113.194.7", "Add member to group.", "Group"},
	{"98db8bd6-0cc0-4e67-9de5-f187f1cd1b41", "Microsoft Substrate Management", "40.99.201.18", "Update user.", "User"},
	{"", "Payroll Sync", "198.19.224.10", "Update user.", "User"},
	{"", "vm-backup-01", "198.19.224.21", "Update application.", "Application"},
}

// torExit is where somebody appears who comes through Tor.
const torExit = "198.19.253.9"

// privateAddress is one inside the tenant's network.
const privateAddress = "10.20.30.40"

// proxyADFS is the federation proxy of the tenant.
const proxyADFS = "198.18.250.10"

// otherThanPeople writes, now and then, what is not a person at a desk. It has
// dice of its own, so that all else is as it would be without.
func (w *writer) otherThanPeople() bool {
	d := dice{state: mix(w.g.cfg.Seed ^ w.i ^ 0x5e41ce)}
	if w.who.federated && d.below(1000) < perMilleFederated {
		w.throughADFS(d.chance(50))
		return true
	}
	throw := d.below(1000)
	in := func(perMille int) bool {
		throw -= perMille
		return throw < 0
	}
	switch {
	case in(perMilleServiceSignIn):
		s := services[d.below(len(services))]
		w.writeSignIn(signIn{
			operation: "UserLoggedIn", clientIP: s.from, errorNumber: "0", client: s.microsoftApp[0],
			resource: signInApps[d.below(2)][0], request: "OAuth2:Token", interactive: "false",
		})
	case in(perMilleServiceChange):
		w.principalChange(principals[d.below(len(principals))])
	case in(perMilleTor):
		if d.chance(80) {
			w.signIn("UserLoginFailed", torExit, "50126", "InvalidUserNameOrPassword")
		} else {
			w.signIn("UserLoggedIn", torExit, "0", "")
		}
	case in(perMillePrivate):
		w.signIn("UserLoggedIn", privateAddress, "0", "")
	case in(perMilleNoAddress):
		w.signIn("UserLoggedIn", "", "0", "")
	default:
		return false
	}
	return true
}

// throughADFS writes the sign-in of a person whose password the tenant's own
// AD FS checks. The record has the proxy's address beside the header that names
// the client, or the header's list, client and proxies, in the address' place:
// https://learn.microsoft.com/windows-server/identity/ad-fs/operations/ad-fs-claims-types, read 2026-11-22.
func (w *writer) throughADFS(list bool) {
	client := w.who.office // the header knows IPv4 alone
	s := signIn{
		operation: "UserLoggedIn", errorNumber: "0", client: signInApps[0][0], resource: signInApps[0][0], userAgent: agents[w.who.agent],
		request: "OAuth2:Authorize", interactive: "true",
	}
	if list {
		s.clientIP = client + ", " + proxyADFS
	} else {
		s.clientIP, s.forwarded = proxyADFS, client
	}
	w.writeSignIn(s)
}

// principalChange writes a change to the directory (record type 8) that an
// application made by itself, as real records have it.
func (w *writer) principalChange(p principal) {
	id := p.id
	if id == "" {
		id = w.idOf("application", p.name)
	}
	object := w.idOf("service principal", p.name)
	target := w.idOf("target", p.kind, w.who.UPN)
	// UserType 4 is System: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#user-type, read 2026-11-22.
	w.openFor(p.change, "AzureActiveDirectory", 8, "Success", "Not Available", 4)
	if p.from != "" {
		w.pair("ClientIP", p.from)
	}
	w.pair("ObjectId", p.kind+"_"+target)
	w.pair("UserId", "ServicePrincipal_"+object)
	w.number("AzureActiveDirectoryEventType", 1)
	w.bag("ExtendedProperties", "additionalDetails", "{}", "extendedAuditEventCategory", p.kind)
	w.changes("Included Updated Properties", "", "", "ActorId.ServicePrincipalNames", id, "", "SPN", id, "")
	w.text(`,"Actor":[{"ID":"`, p.name, `","Type":1},{"ID":"`, id, `","Type":2},{"ID":"ServicePrincipal_`, object, `","Type":2},{"ID":"`, object,
		`","Type":2},{"ID":"ServicePrincipal","Type":2}]`)
	w.pair("ActorContextId", w.g.tenant)
	if p.from != "" {
		w.pair("ActorIpAddress", p.from)
	}
	w.guid("InterSystemsId")
	w.guid("IntraSystemId")
	w.pair("SupportTicketId", "")
	w.text(`,"Target":[{"ID":"`, p.kind, `_`, target, `","Type":2},{"ID":"`, target, `","Type":2},{"ID":"`, p.kind, `","Type":2},{"ID":"`, w.who.UPN, `","Type":5}]`)
	w.pair("TargetContextId", w.g.tenant)
	w.close()
}
