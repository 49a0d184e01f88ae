package query

import (
	"fmt"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// ColumnDoc describes one column that people can name.
type ColumnDoc struct {
	Name, Type, Text string
	expr             string // over the Parquet columns; "" for a column of the same name
}

// TableDoc describes one table that people can name.
type TableDoc struct {
	Name    nightjar.Table
	Text    string
	Columns []ColumnDoc
	tables  []nightjar.Table // stored tables that it is made of
}

// placeSource is the column that segments of format 1 do not have.
const placeSource = "place_source"

func eventColumns() []ColumnDoc {
	return []ColumnDoc{
		{"tenant", "VARCHAR", "name of the tenant", ""},
		{"tenant_id", "VARCHAR", "directory (tenant) id", ""},
		{"id", "VARCHAR", "the record's Id", ""},
		{"time", "TIMESTAMP", "when it happened, UTC (CreationTime)", ""},
		{"ingested", "TIMESTAMP", "when Nightjar received it, UTC", ""},
		{"content_created", "TIMESTAMP", "when Microsoft made it available, UTC", ""},
		{"table_name", "VARCHAR", "the workload table that it is in", `"table"`},
		{"feed", "VARCHAR", "the feed that brought it", ""},
		{"tag", "VARCHAR", "tag of the tenant or feed", ""},
		{"record_type", "INTEGER", "AuditLogRecordType", ""},
		{"operation", "VARCHAR", "what was done", ""},
		{"workload", "VARCHAR", "Microsoft's name of the service", ""},
		{"user_id", "VARCHAR", "who did it (UserId)", ""},
		{"user_key", "VARCHAR", "UserKey", ""},
		{"user_type", "INTEGER", "UserType", ""},
		{"client_ip", "VARCHAR", "the client's address in canonical form, '' when none could be read", ""},
		{"client_port", "INTEGER", "the client's port, 0 when not stated", ""},
		{"object_id", "VARCHAR", "what it was done to", ""},
		{"result", "VARCHAR", "the outcome, as Microsoft states it", ""},
		{"app_id", "VARCHAR", "application (client) id", ""},
		{"session_id", "VARCHAR", "session id", ""},
		{"user_agent", "VARCHAR", "the client's user agent", ""},
		{"country", "VARCHAR", "ISO 3166-1 alpha-2 of client_ip, '' when unknown", ""},
		{"city", "VARCHAR", "city of client_ip", ""},
		{"lat", "DOUBLE", "latitude, NULL when unknown, also where only the country is known", ""},
		{"lon", "DOUBLE", "longitude, NULL when unknown", ""},
		{"asn", "BIGINT", "autonomous system number, 0 when unknown", ""},
		{"network", "VARCHAR", "kind of network: user, microsoft_service, azure_tenant, hosting, proxy_sse, vpn, tor, relay, satellite, adfs_proxy, private or invalid; '' when not looked up", ""},
		{placeSource, "VARCHAR", "who says where: microsoft (the record itself), or a data file's name and month; '' when nobody does", ""},
		{"fields", "VARCHAR", "the folded Name/Value bags as a JSON object", ""},
		{"raw", "VARCHAR", "the record byte for byte as Microsoft sent it", ""},
		{"ref", "VARCHAR", "segment:row, for `nightjar event show`", ""},
	}
}

func collectorColumns() []ColumnDoc {
	return []ColumnDoc{
		{"tenant", "VARCHAR", "name of the tenant", ""},
		{"tenant_id", "VARCHAR", "directory (tenant) id", ""},
		{"id", "VARCHAR", "id of the row", ""},
		{"time", "TIMESTAMP", "when it happened, UTC", ""},
		{"collector_name", "VARCHAR", "which collector, e.g. management-activity/Audit.Exchange", "workload"},
		{"job_id", "VARCHAR", "one run of one collector", "session_id"},
		{"level", "VARCHAR", "info, warning or error", "result"},
		{"action", "VARCHAR", "started, listed, fetched, stored, throttled, failed or gap", "operation"},
		{"message", "VARCHAR", "a sentence; that of a failure begins with \"collector failed\"", "object_id"},
		{"count", "BIGINT", "of blobs or events, as the action says", "coalesce(TRY_CAST(json_extract_string(raw, '$.count') AS BIGINT), 0)"},
		{"raw", "VARCHAR", "the row as JSON", ""},
		{"ref", "VARCHAR", "segment:row", ""},
	}
}

func auditColumns() []ColumnDoc {
	return []ColumnDoc{
		{"id", "VARCHAR", "audit: and the number", ""},
		{"seq", "BIGINT", "number of the entry, without a hole", "coalesce(TRY_CAST(json_extract_string(raw, '$.seq') AS BIGINT), 0)"},
		{"time", "TIMESTAMP", "when it happened, UTC", ""},
		{"actor", "VARCHAR", "name of who did it", "user_id"},
		{"actor_id", "VARCHAR", "id of the person or token", "user_key"},
		{"actor_kind", "VARCHAR", "person, token, operator, system or unknown", "workload"},
		{"client_ip", "VARCHAR", "where it came from, '' when nowhere", ""},
		{"action", "VARCHAR", "what was done, e.g. connection.add", "operation"},
		{"target", "VARCHAR", "what it was done to", "object_id"},
		{"about_tenant", "VARCHAR", "id of the tenant that it was done to, '' for the whole installation", "app_id"},
		{"outcome", "VARCHAR", "success, failure or denied", "result"},
		{"detail", "VARCHAR", "what else there is to say, a JSON object", `"fields"`},
		{"hash", "VARCHAR", "SHA-256 of raw", "session_id"},
		{"raw", "VARCHAR", "the entry in the form that is hashed", ""},
		{"ref", "VARCHAR", "segment:row", ""},
	}
}

// Tables returns the tables that people can query, in the order of the manual.
func Tables() []TableDoc {
	text := map[nightjar.Table]string{
		nightjar.TableAzureAD:    "Entra ID (Azure AD) sign-ins and directory changes",
		nightjar.TableExchange:   "Exchange Online mailboxes and administration",
		nightjar.TableSharePoint: "SharePoint sites and files",
		nightjar.TableOneDrive:   "OneDrive files",
		nightjar.TableTeams:      "Microsoft Teams",
		nightjar.TableGeneral:    "everything that has no table of its own",
		nightjar.TableDLP:        "data loss prevention",
	}
	out := []TableDoc{{nightjar.TableManagement, "all of the workload tables together", eventColumns(), nightjar.WorkloadTables()}}
	for _, t := range nightjar.WorkloadTables() {
		out = append(out, TableDoc{t, text[t], eventColumns(), []nightjar.Table{t}})
	}
	return append(out, TableDoc{
		nightjar.TableCollectorsOut, "what the pipeline says of itself",
		collectorColumns(),
		[]nightjar.Table{nightjar.TableCollectorsOut},
	}, TableDoc{
		nightjar.TableAudit, "who did what in Nightjar itself, for those who may read the audit log",
		auditColumns(),
		[]nightjar.Table{nightjar.TableAudit},
	})
}

func tableDoc(name string) (TableDoc, bool) {
	for _, t := range Tables() {
		if string(t.Name) == name {
			return t, true
		}
	}
	return TableDoc{}, false
}

func tableNames() string {
	var names []string
	for _, t := range Tables() {
		names = append(names, string(t.Name))
	}
	return strings.Join(names, ", ")
}

func quoteString(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// emptyRelation has the columns of the table and no rows.
func (t TableDoc) emptyRelation() string {
	items := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		items[i] = fmt.Sprintf("NULL::%s AS %s", c.Type, quoteName(c.Name))
	}
	return "SELECT " + strings.Join(items, ", ") + " WHERE false"
}
