package normalise

// The record types of this and the other workloads' files are of
// learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#auditlogrecordtype
// read 2026-11-22.

// isAzureAD knows AzureActiveDirectory, …AccountLogon and …StsLogon.
func isAzureAD(recordType int32) bool {
	return recordType == 8 || recordType == 9 || recordType == 15
}

// azureAD reads what Entra keeps in bags: the browser of a sign-in in
// ExtendedProperties, that of a directory change inside the JSON text of
// additionalDetails.
func azureAD(c *columns) {
	c.or(&c.userAgent, text(c.fields.values[memBagUserAgent]))
	if c.userAgent == (span{}) {
		if details := c.fields.values[memBagAdditionalDetails]; len(details) > 2 && details[0] == '"' {
			c.or(&c.userAgent, text(lookup(unpack(details), "User-Agent")))
		}
	}
}

// bagMember tells which member an entry of a bag is.
func bagMember(bag, name []byte) member {
	switch string(name) {
	case "UserAgent":
		return memBagUserAgent
	case "SessionId":
		return memBagSessionID
	case "ResultStatusDetail":
		return memBagResultStatusDetail
	case "additionalDetails":
		return memBagAdditionalDetails
	default:
		return other
	}
}
