package normalise

// isSharePoint knows the record types of SharePoint. OneDrive shares all of
// them and is told apart by its workload.
func isSharePoint(recordType int32) bool {
	switch recordType {
	case 4, 6, 14, 36, 37, 54, 55, 56, 102:
		return true
	default:
		return false
	}
}

// isOneDrive knows the one record type that is OneDrive's own.
func isOneDrive(recordType int32) bool { return recordType == 7 }
