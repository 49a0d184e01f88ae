package normalise

// isDLP knows ComplianceDLPSharePoint, ComplianceDLPExchange,
// ComplianceDLPSharePointClassification, DLPEndpoint,
// OnPremisesFileShareScannerDlp, OnPremisesSharePointScannerDlp and
// ComplianceDLPExchangeClassification. Such records also come through other
// feeds than DLP.All, without the sensitive values that matched.
func isDLP(recordType int32) bool {
	switch recordType {
	case 11, 13, 33, 63, 99, 100, 107:
		return true
	default:
		return false
	}
}
