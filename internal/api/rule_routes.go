package api

import (
	"net/http"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
)

func ruleRoutes() []Route {
	const read, manage = access.PermEventRead, access.PermRuleManage
	return []Route{
		{http.MethodGet, "/api/v1/rules", "listRules", read, tenantQuery, false, rateNormal, 0, (*Server).listRules},
		{http.MethodGet, "/api/v1/rules/{id}", "getRule", read, tenantQuery, false, rateNormal, 0, (*Server).getRule},
		{http.MethodPost, "/api/v1/rules/{id}/mode", "setRuleMode", manage, tenantBody, false, rateHeavy, smallBody, (*Server).setRuleMode},
		{http.MethodPost, "/api/v1/rules/{id}/severity", "setRuleSeverity", manage, tenantBody, false, rateHeavy, smallBody, (*Server).setRuleSeverity},
		{http.MethodPut, "/api/v1/rules/{id}/parameters", "setRuleParameters", manage, tenantBody, false, rateHeavy, smallBody, (*Server).setRuleParameters},
		{http.MethodGet, "/api/v1/rules/{id}/exceptions", "listExceptions", read, tenantQuery, false, rateNormal, 0, (*Server).listExceptions},
		{http.MethodPost, "/api/v1/rules/{id}/exceptions", "addException", manage, tenantBody, false, rateHeavy, smallBody, (*Server).addException},
		{http.MethodDelete, "/api/v1/rules/{id}/exceptions/{exception}", "removeException", manage, tenantNone, false, rateHeavy, 0, (*Server).removeException},
		{http.MethodGet, "/api/v1/packs", "listPacks", read, tenantQuery, false, rateNormal, 0, (*Server).listPacks},
		{http.MethodPost, "/api/v1/packs/{id}/mode", "setPackMode", manage, tenantBody, false, rateHeavy, smallBody, (*Server).setPackMode},
		{http.MethodGet, "/api/v1/rule-changes", "listRuleChanges", read, tenantQuery, false, rateNormal, 0, (*Server).listRuleChanges},
		{http.MethodPost, "/api/v1/rule-changes", "importRuleChanges", manage, tenantBody, false, rateHeavy, changesBody, (*Server).importRuleChanges},
		{http.MethodGet, "/api/v1/rule-changes/file", "exportRuleChanges", read, tenantQuery, false, rateNormal, 0, (*Server).exportRuleChanges},
	}
}

func noRules() error {
	return problem(nightjar.CodeUnavailable, "rules are not served here", "nightjar serve does")
}
