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
	states  bool             // each row is a state of what its id names, and the one of the highest revision counts
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

// jsonText is a text of the raw row, "" where it has none.
func jsonText(path string) string {
	return "coalesce(json_extract_string(raw, '$." + path + "'), '')"
}

func jsonTime(path string) string {
	return "TRY_CAST(json_extract_string(raw, '$." + path + "') AS TIMESTAMP)"
}

func jsonCount(path string) string {
	return "coalesce(TRY_CAST(json_extract_string(raw, '$." + path + "') AS BIGINT), 0)"
}

func jsonList(path string) string {
	return "coalesce(CAST(json_extract(raw, '$." + path + "') AS VARCHAR), '[]')"
}

func findingColumns() []ColumnDoc {
	return []ColumnDoc{
		{"tenant", "VARCHAR", "name of the tenant", ""},
		{"tenant_id", "VARCHAR", "directory (tenant) id", ""},
		{"id", "VARCHAR", "id of the finding", jsonText("id")},
		{"time", "TIMESTAMP", "of the event that completed it, UTC", ""},
		{"recorded", "TIMESTAMP", "when it was recorded, UTC", jsonTime("recorded")},
		{"rule", "VARCHAR", "id of the rule", "operation"},
		{"title", "VARCHAR", "of the rule", "object_id"},
		{"severity", "VARCHAR", "informational, low, medium, high or critical", "workload"},
		{"reason", "VARCHAR", "a sentence with the actual values", jsonText("reason")},
		{"alert", "VARCHAR", "id of the alert that it is part of, '' of what alerts nobody", "session_id"},
		{"user_id", "VARCHAR", "the first user that it is about, ''", ""},
		{"client_ip", "VARCHAR", "the first address that it is about, ''", ""},
		{"count", "BIGINT", "of the events that it rests on", jsonCount("count")},
		{"first", "TIMESTAMP", "of the events that it rests on, UTC", jsonTime("first")},
		{"last", "TIMESTAMP", "of the events that it rests on, UTC", jsonTime("last")},
		{"dry_run", "BOOLEAN", "whether the rule was only tried", "result = 'dry_run'"},
		{"events", "VARCHAR", "ids of the events that it rests on, at most 50, a JSON array", jsonList("event_ids")},
		{"entities", "VARCHAR", "whom it is about, a JSON array of {kind, value}", jsonList("entities")},
		{"tags", "VARCHAR", "of the rule, a JSON array", jsonList("tags")},
		{"fingerprint", "VARCHAR", "equal for findings of one rule about the same", jsonText("fingerprint")},
		{"raw", "VARCHAR", "the finding as JSON", ""},
		{"ref", "VARCHAR", "segment:row", ""},
	}
}

func alertColumns() []ColumnDoc {
	return []ColumnDoc{
		{"tenant", "VARCHAR", "name of the tenant", ""},
		{"tenant_id", "VARCHAR", "directory (tenant) id", ""},
		{"id", "VARCHAR", "id of the alert, A-…", "session_id"},
		{"time", "TIMESTAMP", "when what opened it began, UTC; it never changes", ""},
		{"changed", "TIMESTAMP", "when it changed last, UTC", jsonTime("changed")},
		{"rule", "VARCHAR", "id of the rule", "operation"},
		{"pack", "VARCHAR", "the pack that the rule is of", jsonText("pack")},
		{"title", "VARCHAR", "of the rule", "object_id"},
		{"severity", "VARCHAR", "low, medium, high or critical, as is in force", "workload"},
		{"reason", "VARCHAR", "of the latest finding", jsonText("reason")},
		{"status", "VARCHAR", "new, acknowledged or closed", "result"},
		{"disposition", "VARCHAR", "true, benign or false; '' until it is closed", jsonText("disposition")},
		{"assignee", "VARCHAR", "name of who took it, ''", jsonText("assignee")},
		{"findings", "BIGINT", "how many findings it holds", jsonCount("findings")},
		{"count", "BIGINT", "events of all findings", jsonCount("count")},
		{"first", "TIMESTAMP", "of its events, UTC", jsonTime("first")},
		{"last", "TIMESTAMP", "of its events, UTC", jsonTime("last")},
		{"opened", "TIMESTAMP", "by the clock, UTC", jsonTime("opened")},
		{"acknowledged", "TIMESTAMP", "NULL when it was not", jsonTime("acknowledged")},
		{"closed", "TIMESTAMP", "NULL when it is not", jsonTime("closed")},
		{"incident", "VARCHAR", "id of the incident, I-…", jsonText("incident")},
		{"previous", "VARCHAR", "the alert of the same before it, ''", jsonText("previous")},
		{"silence", "VARCHAR", "what keeps it from being notified, ''", jsonText("silence")},
		{"user_id", "VARCHAR", "the first user that it is about, ''", ""},
		{"client_ip", "VARCHAR", "the first address that it is about, ''", ""},
		{"events", "VARCHAR", "ids of the events of its latest finding, a JSON array", jsonList("event_ids")},
		{"entities", "VARCHAR", "whom it is about, a JSON array of {kind, value}", jsonList("entities")},
		{"tags", "VARCHAR", "of the rule, a JSON array", jsonList("tags")},
		{"revision", "BIGINT", "grows with each change of any alert", jsonCount("revision")},
		{"raw", "VARCHAR", "the alert as JSON", ""},
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
	out := []TableDoc{{nightjar.TableManagement, "all of the workload tables together", eventColumns(), nightjar.WorkloadTables(), false}}
	for _, t := range nightjar.WorkloadTables() {
		out = append(out, TableDoc{t, text[t], eventColumns(), []nightjar.Table{t}, false})
	}
	return append(out, TableDoc{
		nightjar.TableCollectorsOut, "what the pipeline says of itself",
		collectorColumns(),
		[]nightjar.Table{nightjar.TableCollectorsOut},
		false,
	}, TableDoc{
		nightjar.TableAudit, "who did what in Nightjar itself, for those who may read the audit log",
		auditColumns(),
		[]nightjar.Table{nightjar.TableAudit},
		false,
	}, TableDoc{
		nightjar.TableFindings, "what rules found",
		findingColumns(),
		[]nightjar.Table{nightjar.TableFindings},
		false,
	}, TableDoc{
		nightjar.TableAlerts, "alerts as they are now",
		alertColumns(),
		[]nightjar.Table{nightjar.TableAlerts},
		true,
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
