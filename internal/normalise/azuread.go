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
// additionalDetails there.
func (c *columns) azureAD(f *fields) {
	c.userAgent = or(c.userAgent, f.values[memBagUserAgent])
	if details := f.values[memBagAdditionalDetails]; c.userAgent == nil && hasText(details) && details[0] == '"' {
		c.userAgent = or(nil, lookup(unpack(details), "User-Agent"))
	}
}
