package sim

func (w *writer) aad() {
	if w.otherThanPeople() {
		return
	}
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
