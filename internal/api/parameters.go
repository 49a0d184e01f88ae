package api

import (
	"maps"
	"net/url"
	"slices"

	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// queryParameters are what the address of an operation may ask beside its path, as
// openapi.yaml says; a test compares them. Operations without any are left out.
func queryParameters() map[string][]string {
	return map[string][]string{
		"listApprovals":     {"state"},
		"listAudit":         {"tenant", "from", "to", "actor", "action", "cursor", "limit"},
		"getCoverage":       {"from", "to"},
		"getConnectionLog":  {"level", "from", "to", "cursor", "limit"},
		"getScript":         {"service", "cloud"},
		"listDeliveries":    {"channel", "status", "alert", "cursor", "limit"},
		"listRules":         {"tenant", "pack", "mode", "severity", "q", "parts"},
		"getRule":           {"tenant"},
		"listExceptions":    {"tenant"},
		"listPacks":         {"tenant"},
		"listRuleChanges":   {"tenant"},
		"exportRuleChanges": {"tenant"},
		"getOverview":       {"tenant", "from", "to"},
		"tailEvents":        {"tenant", "table"},
		"getEvent":          {"tenant", "id", "time"},
		"listAlerts":        {"tenant", "status", "severity", "disposition", "rule", "pack", "assignee", "entity", "incident", "silenced", "q", "from", "to", "sort", "cursor", "limit"},
		"countAlerts":       {"tenant"},
		"listQuality":       {"tenant", "rule", "from", "to"},
		"listFindings":      {"cursor", "limit"},
		"listIncidents":     {"tenant", "status", "several", "cursor", "limit"},
		"listSilences":      {"state"},
		"listRisk":          {"tenant", "kind", "entity", "limit"},
		"listPlaces":        {"tenant", "from", "to", "layer"},
	}
}

// askedFor refuses parameters that the operation does not have: to leave out a
// condition would answer another question. Where Microsoft or a provider sends
// people back, it may add what it likes.
func (c *call) askedFor() error {
	if c.route.Permission == anyone || c.r.URL.RawQuery == "" {
		return nil
	}
	known := c.server.parameters[c.route.Operation]
	// URL.Query leaves out what it cannot read. What stood there is not repeated.
	asked, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return invalid("the parameters of the address cannot be read", "write % as %25, ; as %3B and & as %26 in values")
	}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if slices.Contains(known, name) {
			continue
		}
		hint := "this operation has none"
		if len(known) > 0 {
			hint = spelling.Hint(name, known)
		}
		return invalid("there is no parameter "+quoted(name[:min(len(name), 40)]), hint)
	}
	return nil
}
