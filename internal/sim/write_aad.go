package sim

// The applications that people sign in to; the ids are Microsoft's own.
var signInApps = [][2]string{
	{"00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"},
	{"00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"},
	{"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams"},
	{"89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office365 Shell WCSS-Client"},
	{"4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome"},
	{"d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office"},
}

func (w *writer) aad() {
	switch throw := w.dice.below(100); {
	case throw < 74:
		w.signIn("UserLoggedIn", w.address(), "0", "")
	case throw < 84:
		w.signIn("UserLoginFailed", w.address(), "50126", "InvalidUserNameOrPassword")
	case throw < 87:
		w.signIn("UserLoginFailed", w.address(), "50074", "UserStrongAuthClientAuthNRequiredInterrupt")
	default:
		w.directoryChange(w.word("Update user.", "Update user.", "Add member to group.", "Remove member from group.", "Update group.",
			"Change user password.", "Reset user password.", "Add user.", "Update device.", "Add registered owner to device.",
			"Add service principal.", "Update application.", "Update StsRefreshTokenValidFrom Timestamp.", "Disable account.", "Set license properties."))
	}
}

// signIn writes a sign-in as Entra's secure token service logs it (record type 15).
func (w *writer) signIn(operation, from, errorNumber, logonError string) {
	result := "Success"
	if logonError != "" {
		result = "Failed"
	}
	app := signInApps[w.dice.below(len(signInApps))]
	w.open(operation, "AzureActiveDirectory", 15, result)
	w.pair("ClientIP", from)
	w.pair("ObjectId", app[0])
	w.pair("UserId", w.who.UPN)
	w.number("AzureActiveDirectoryEventType", 1)
	w.bag("ExtendedProperties", "ResultStatusDetail", w.word("Redirect", "Success", "Success"), "UserAgent", agents[w.who.agent],
		"UserAuthenticationMethod", w.word("1", "16", "9"), "RequestType", w.word("OAuth2:Authorize", "OAuth2:Token", "Login:reprocess", "SAS:EndAuth"),
		"isInteractive", w.word("true", "false"), "KeepMeSignedIn", w.word("true", "false"))
	w.changes()
	w.text(`,"Actor":[{"ID":"`, w.who.ObjectID, `","Type":0},{"ID":"`, w.who.UPN, `","Type":5},{"ID":"`, w.who.PUID, `","Type":3}]`)
	w.pair("ActorContextId", w.g.tenant)
	w.pair("ActorIpAddress", from)
	w.guid("InterSystemsId")
	w.guid("IntraSystemId")
	w.pair("SupportTicketId", "")
	w.text(`,"Target":[{"ID":"`, app[0], `","Type":0}]`)
	w.pair("TargetContextId", w.g.tenant)
	w.pair("ApplicationId", app[0])
	w.bag("DeviceProperties", "Id", w.idOf("device", w.who.device), "DisplayName", w.who.device, "OS", systems[w.who.agent], "BrowserType", browsers[w.who.agent],
		"IsCompliant", w.word("True", "True", "False"), "IsCompliantAndManaged", w.word("True", "True", "False"), "TrustType", w.word("0", "1", "2"), "SessionId", w.session())
	w.pair("ErrorNumber", errorNumber)
	if logonError != "" {
		w.pair("LogonError", logonError)
	}
	w.close()
}

// directoryChange writes a change to the directory (record type 8).
func (w *writer) directoryChange(operation string) {
	target := &w.g.people.people[w.dice.below(len(w.g.people.people))]
	group := w.word(teams...) + " " + w.word("Team", "Readers", "Owners", "Contractors")
	switch operation {
	case "Add member to group.", "Remove member from group.", "Update group.":
		w.directory(operation, "Group", group,
			"Group.ObjectID", w.newGUID(), "", "Group.DisplayName", group, "", "Group.WellKnownObjectName", "", "")
	case "Add service principal.", "Update application.":
		name := w.word("Reporting", "Backup", "Signing", "Travel", "Chat") + " " + w.word("Connector", "Portal", "Bot", "Sync")
		w.directory(operation, "ServicePrincipal", name,
			"AccountEnabled", "[true]", "[]", "AppPrincipalId", w.newGUID(), "", "DisplayName", name, "", "ServicePrincipalName", w.newGUID(), "", "Credential", "[]", "[]")
	default:
		w.directory(operation, "User", target.UPN,
			"AccountEnabled", "[true]", "[true]", "Department", target.Team, w.word(teams...), "LastDirSyncTime", w.at.Format("2006-01-02T15:04:05Z"), w.at.AddDate(0, 0, -1).Format("2006-01-02T15:04:05Z"),
			"StsRefreshTokensValidFrom", w.at.Format("2006-01-02T15:04:05Z"), "", "Included Updated Properties", "Department, LastDirSyncTime, StsRefreshTokensValidFrom", "")
	}
}

func (w *writer) directory(operation, kind, target string, changes ...string) {
	w.open(operation, "AzureActiveDirectory", 8, "Success")
	w.pair("ObjectId", target)
	w.pair("UserId", w.who.UPN)
	w.number("AzureActiveDirectoryEventType", 1)
	w.text(`,"ExtendedProperties":[{"Name":"additionalDetails","Value":"{\"User-Agent\":\"`, agents[w.who.agent], `\",\"UserType\":\"Member\"}"},{"Name":"extendedAuditEventCategory","Value":"`, kind, `"}]`)
	w.changes(changes...)
	w.text(`,"Actor":[{"ID":"`, w.who.UPN, `","Type":5},{"ID":"`, w.who.PUID, `","Type":3},{"ID":"User_`, w.who.ObjectID, `","Type":2},{"ID":"`, w.who.ObjectID, `","Type":2},{"ID":"User","Type":2}]`)
	w.pair("ActorContextId", w.g.tenant)
	w.guid("InterSystemsId")
	w.guid("IntraSystemId")
	w.pair("SupportTicketId", "")
	id := w.newGUID()
	w.text(`,"Target":[{"ID":"`, kind, `_`, id, `","Type":2},{"ID":"`, id, `","Type":2},{"ID":"`, kind, `","Type":2},{"ID":"`, target, `","Type":1}]`)
	w.pair("TargetContextId", w.g.tenant)
	w.close()
}
