package normalise

import "github.com/nightjar-sec/nightjar"

// table routes a record: by workload, then by record type, then by feed.
func table(workload string, recordType int32, feed nightjar.Feed) nightjar.Table {
	switch workload {
	case "AzureActiveDirectory":
		return nightjar.TableAzureAD
	case "Exchange":
		return nightjar.TableExchange
	case "SharePoint":
		return nightjar.TableSharePoint
	case "OneDrive":
		return nightjar.TableOneDrive
	case "MicrosoftTeams":
		return nightjar.TableTeams
	}
	switch feed {
	case nightjar.FeedDLP:
		return nightjar.TableDLP
	case nightjar.FeedAzureActiveDirectory:
		return nightjar.TableAzureAD
	case nightjar.FeedExchange:
		return nightjar.TableExchange
	case nightjar.FeedSharePoint:
		return nightjar.TableSharePoint
	}
	return nightjar.TableGeneral
}
