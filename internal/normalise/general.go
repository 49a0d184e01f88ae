package normalise

// isGeneral knows the workloads that have no table of their own, so that their
// records are general through whatever feed they come. A workload that is not
// listed is general too unless its record type or feed tells more.
func isGeneral(workload []byte) bool {
	switch string(workload) {
	case "Aip", "AirInvestigation", "Compliance", "Copilot", "CRM", "Dynamics365",
		"MicrosoftFlow", "MicrosoftForms", "MicrosoftStream", "PowerApps", "PowerBI", "PowerPlatform",
		"Planner", "Project", "PublicEndpoint", "Quarantine", "SecurityComplianceCenter", "SkypeForBusiness",
		"Sway", "ThreatIntelligence", "ThreatFinder", "WorkplaceAnalytics", "Yammer":
		return true
	default:
		return false
	}
}

// general reads the application where information protection (Common) and the
// data insights service (AadAppId) name it.
func (c *columns) general(f *fields) {
	c.appID = or(c.appID, f.values[memAadAppID])
	c.appID = or(c.appID, lookup(f.values[memCommon], "ApplicationId"))
	c.userAgent = or(c.userAgent, f.values[memBagUserAgent])
}
