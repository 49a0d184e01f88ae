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
func general(c *columns) {
	c.or(&c.appID, text(c.fields.values[memAadAppID]))
	if common := c.fields.values[memCommon]; common != nil {
		c.or(&c.appID, text(lookup(common, "ApplicationId")))
	}
	c.or(&c.userAgent, text(c.fields.values[memBagUserAgent]))
}
