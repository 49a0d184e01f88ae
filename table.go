package nightjar

// Table is a table that people query. Every stored event is in exactly one.
type Table string

// The tables of this journal. TableManagement is the union of the workload tables.
const (
	TableAzureAD    Table = "azure_ad"
	TableExchange   Table = "exchange"
	TableSharePoint Table = "sharepoint"
	TableOneDrive   Table = "onedrive"
	TableTeams      Table = "teams"
	TableGeneral    Table = "general"
	TableDLP        Table = "dlp"

	TableManagement    Table = "management"
	TableCollectorsOut Table = "collectors_out"
	TableAudit         Table = "audit" // of Nightjar itself; all of it belongs to Installation
	TableFindings      Table = "findings"
	TableAlerts        Table = "alerts" // a row for each state that an alert was in
)

// WorkloadTables returns the tables whose union is TableManagement.
func WorkloadTables() []Table {
	return []Table{TableAzureAD, TableExchange, TableSharePoint, TableOneDrive, TableTeams, TableGeneral, TableDLP}
}
