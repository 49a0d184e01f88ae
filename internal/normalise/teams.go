package normalise

// isTeams knows MicrosoftTeams, TeamsHealthcare, MicrosoftTeamsAdmin,
// MicrosoftTeamsDevice, MicrosoftTeamsAnalytics, MicrosoftTeamsShifts and
// TeamsUpdates.
func isTeams(recordType int32) bool {
	switch recordType {
	case 25, 49, 57, 59, 60, 73, 230:
		return true
	default:
		return false
	}
}

// teams takes the team or the chat as the object of records without an
// ObjectId, and the browser from ExtraProperties.
func (c *columns) teams(f *fields) {
	c.objectID = or(c.objectID, f.first(memTeamGUID, memChatThreadID))
	c.userAgent = or(c.userAgent, f.values[memBagUserAgent])
}
