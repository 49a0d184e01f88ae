package sim

// microsoftApp is an application of Microsoft's: its id and name.
type microsoftApp [2]string

// The applications that people sign in to; the ids are Microsoft's own.
var signInApps = []microsoftApp{
	{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"},
	{"00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"},
	{"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams"},
	{"89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office365 Shell WCSS-Client"},
	{"4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome"},
	{"d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office"},
}

// signIn is what sign-ins differ in.
type signIn struct {
	operation   string
	clientIP    string // as the record has it: an address, several, or none
	errorNumber string
	logonError  string // "" when it worked
	client      string // id of the application that asks
	resource    string // id of the application that it asks for
	userAgent   string // "" for a service, which sends none
	request     string
	interactive string
	forwarded   string // what an AD FS proxy added to the request; "" without one
}

// signIn writes a person's own sign-in.
func (w *writer) signIn(operation, from, errorNumber, logonError string) {
	app := signInApps[w.dice.below(len(signInApps))]
	w.writeSignIn(signIn{
		operation: operation, clientIP: from, errorNumber: errorNumber, logonError: logonError, client: app[0], resource: app[0], userAgent: agents[w.who.agent],
		request: w.word("OAuth2:Authorize", "OAuth2:Token", "Login:reprocess", "SAS:EndAuth"), interactive: w.word("true", "false"),
	})
}

// writeSignIn writes a sign-in as Entra's secure token service logs it (record type 15).
func (w *writer) writeSignIn(s signIn) {
	result := "Success"
	if s.logonError != "" {
		result = "Failed"
	}
	w.open(s.operation, "AzureActiveDirectory", 15, result)
	w.pair("ClientIP", s.clientIP)
	w.pair("ObjectId", s.resource)
	w.pair("UserId", w.who.UPN)
	w.number("AzureActiveDirectoryEventType", 1)
	extended := []string{
		"ResultStatusDetail", w.word("Redirect", "Success", "Success"), "UserAgent", s.userAgent,
		"UserAuthenticationMethod", w.word("1", "16", "9"), "RequestType", s.request,
		"isInteractive", s.interactive, "KeepMeSignedIn", w.word("true", "false"),
	}
	if s.forwarded != "" {
		extended = append(extended, "X-MS-Forwarded-Client-IP", s.forwarded)
	}
	w.bag("ExtendedProperties", extended...)
	w.changes()
	w.text(`,"Actor":[{"ID":"`, w.who.ObjectID, `","Type":0},{"ID":"`, w.who.UPN, `","Type":5},{"ID":"`, w.who.PUID, `","Type":3}]`)
	w.pair("ActorContextId", w.g.tenant)
	w.pair("ActorIpAddress", s.clientIP)
	w.guid("InterSystemsId")
	w.guid("IntraSystemId")
	w.pair("SupportTicketId", "")
	w.text(`,"Target":[{"ID":"`, s.resource, `","Type":0}]`)
	w.pair("TargetContextId", w.g.tenant)
	w.pair("ApplicationId", s.client)
	w.bag("DeviceProperties", "Id", w.idOf("device", w.who.device), "DisplayName", w.who.device, "OS", systems[w.who.agent], "BrowserType", browsers[w.who.agent],
		"IsCompliant", w.word("True", "True", "False"), "IsCompliantAndManaged", w.word("True", "True", "False"), "TrustType", w.word("0", "1", "2"), "SessionId", w.session())
	w.pair("ErrorNumber", s.errorNumber)
	if s.logonError != "" {
		w.pair("LogonError", s.logonError)
	}
	w.close()
}
