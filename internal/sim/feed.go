package sim

import "strings"

// A feed is a content type of the Management Activity API, by its place in feedNames.
const (
	feedAAD = iota
	feedExchange
	feedSharePoint
	feedGeneral
	feedDLP
	feedCount
)

var feedNames = [feedCount]string{"Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"}

// Feeds returns the names of the content types that the simulator serves.
func Feeds() []string { return feedNames[:] }

// feedNamed finds a feed by name; the real API does not mind the case.
func feedNamed(name string) (int, bool) {
	for i, n := range feedNames {
		if strings.EqualFold(n, name) {
			return i, true
		}
	}
	return 0, false
}

// feedOfRecord says in which content type Microsoft delivers a record. DLP
// events are delivered only in DLP.All; record types as in
// "Office 365 Management Activity API schema", AuditLogRecordType, read 2026-11-22.
func feedOfRecord(workload string, recordType int) int {
	switch recordType {
	case 11, 13, 33, 63, 99, 100, 107, 113: // ComplianceDLP*, DLPEndpoint and kin
		return feedDLP
	}
	switch workload {
	case "AzureActiveDirectory":
		return feedAAD
	case "Exchange":
		return feedExchange
	case "SharePoint", "OneDrive":
		return feedSharePoint
	}
	return feedGeneral
}
