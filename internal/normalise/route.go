package normalise

import (
	"bytes"

	"github.com/nightjar-sec/nightjar"
)

// tableOf routes a record. DLP comes first, as its records name the workload
// where the content was found. Then the workload decides, else the record
// type, else the feed; what none of them tells is general.
func tableOf(workload []byte, recordType int32, feed nightjar.Feed) nightjar.Table {
	if feed == nightjar.FeedDLP || isDLP(recordType) {
		return nightjar.TableDLP
	}
	if t := tableOfWorkload(workload); t != "" {
		return t
	}
	if t := tableOfType(recordType); t != "" {
		return t
	}
	switch feed {
	case nightjar.FeedAzureActiveDirectory:
		return nightjar.TableAzureAD
	case nightjar.FeedExchange:
		return nightjar.TableExchange
	case nightjar.FeedSharePoint:
		return nightjar.TableSharePoint
	default:
		return nightjar.TableGeneral
	}
}

// tableOfWorkload knows the workloads by name; "" for one it does not know.
func tableOfWorkload(workload []byte) nightjar.Table {
	switch string(workload) {
	case "":
		return ""
	case "Exchange":
		return nightjar.TableExchange
	case "AzureActiveDirectory":
		return nightjar.TableAzureAD
	case "SharePoint":
		return nightjar.TableSharePoint
	case "OneDrive":
		return nightjar.TableOneDrive
	case "MicrosoftTeams":
		return nightjar.TableTeams
	}
	// Other spellings are rare enough to be looked for one by one.
	for _, w := range [...]struct {
		name  string
		table nightjar.Table
	}{
		{"Exchange", nightjar.TableExchange},
		{"AzureActiveDirectory", nightjar.TableAzureAD},
		{"SharePoint", nightjar.TableSharePoint},
		{"OneDrive", nightjar.TableOneDrive},
		{"OneDriveForBusiness", nightjar.TableOneDrive},
		{"MicrosoftTeams", nightjar.TableTeams},
		{"Teams", nightjar.TableTeams},
	} {
		if bytes.EqualFold(workload, []byte(w.name)) {
			return w.table
		}
	}
	if isGeneral(workload) {
		return nightjar.TableGeneral
	}
	return ""
}

// tableOfType knows the record types that belong to one workload only; "" for others.
func tableOfType(recordType int32) nightjar.Table {
	switch {
	case isAzureAD(recordType):
		return nightjar.TableAzureAD
	case isExchange(recordType):
		return nightjar.TableExchange
	case isOneDrive(recordType):
		return nightjar.TableOneDrive
	case isSharePoint(recordType):
		return nightjar.TableSharePoint
	case isTeams(recordType):
		return nightjar.TableTeams
	default:
		return ""
	}
}
