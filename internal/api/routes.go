package api

import (
	"net/http"
	"slices"

	"github.com/nightjar-sec/nightjar/internal/access"
)

// Routes is the table of routes: what is not in it cannot be reached. Each row
// says who may use it; openapi.yaml says the same, and a test compares them.
func Routes() []Route {
	return slices.Concat(sessionRoutes(), ssoRoutes(), peopleRoutes(), connectionRoutes(), consentRoutes(), eventRoutes(), systemRoutes(), approvalRoutes(), notifyRoutes(), ruleRoutes(), backtestRoutes(), alertRoutes())
}

func sessionRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/status", "getStatus", anyone, tenantNone, false, rateNormal, 0, (*Server).getStatus},
		{http.MethodPost, "/api/v1/setup", "beginSetup", anyone, tenantNone, false, rateLogin, smallBody, (*Server).beginSetup},
		{http.MethodPost, "/api/v1/setup/confirm", "confirmEnrolment", anyone, tenantNone, false, rateLogin, smallBody, (*Server).confirmEnrolment},
		{http.MethodPost, "/api/v1/setup/resume", "resumeEnrolment", anyone, tenantNone, false, rateNormal, 0, (*Server).resumeEnrolment},
		{http.MethodPost, "/api/v1/setup/passkey", "beginPasskeySetup", anyone, tenantNone, false, rateLogin, smallBody, (*Server).beginPasskeySetup},
		{http.MethodPost, "/api/v1/setup/passkey/confirm", "confirmPasskeyEnrolment", anyone, tenantNone, false, rateLogin, smallBody, (*Server).confirmPasskeyEnrolment},
		{http.MethodPost, "/api/v1/login", "login", anyone, tenantNone, false, rateLogin, smallBody, (*Server).login},
		{http.MethodPost, "/api/v1/login/verify", "verifyLogin", anyone, tenantNone, false, rateLogin, smallBody, (*Server).verifyLogin},
		{http.MethodPost, "/api/v1/login/passkey", "beginPasskeyLogin", anyone, tenantNone, false, rateLogin, 0, (*Server).beginPasskeyLogin},
		{http.MethodPost, "/api/v1/login/passkey/finish", "loginByPasskey", anyone, tenantNone, false, rateLogin, smallBody, (*Server).loginByPasskey},
		{http.MethodPost, "/api/v1/login/link", "loginByLink", anyone, tenantNone, false, rateLogin, smallBody, (*Server).loginByLink},
		{http.MethodPost, "/api/v1/logout", "logout", anyone, tenantNone, false, rateNormal, 0, (*Server).logout},
		{http.MethodGet, "/api/v1/me", "getMe", signedIn, tenantNone, false, rateNormal, 0, (*Server).getMe},
		{http.MethodPost, "/api/v1/me/step-up", "stepUp", signedIn, tenantNone, false, rateLogin, smallBody, (*Server).stepUp},
		{http.MethodPost, "/api/v1/me/step-up/passkey", "beginPasskeyStepUp", signedIn, tenantNone, false, rateLogin, 0, (*Server).beginPasskeyStepUp},
		{http.MethodPost, "/api/v1/me/step-up/passkey/finish", "stepUpByPasskey", signedIn, tenantNone, false, rateLogin, smallBody, (*Server).stepUpByPasskey},
		{http.MethodGet, "/api/v1/me/passkeys", "listPasskeys", signedIn, tenantNone, false, rateNormal, 0, (*Server).listPasskeys},
		{http.MethodPost, "/api/v1/me/passkeys", "addPasskey", signedIn, tenantNone, true, rateNormal, smallBody, (*Server).addPasskey},
		{http.MethodPost, "/api/v1/me/passkeys/begin", "beginPasskey", signedIn, tenantNone, true, rateNormal, 0, (*Server).beginPasskey},
		{http.MethodDelete, "/api/v1/me/passkeys/{id}", "removePasskey", signedIn, tenantNone, true, rateNormal, 0, (*Server).removePasskey},
		{http.MethodPost, "/api/v1/me/password", "changePassword", signedIn, tenantNone, false, rateLogin, smallBody, (*Server).changePassword},
		{http.MethodPost, "/api/v1/me/recovery-codes", "makeRecoveryCodes", signedIn, tenantNone, true, rateNormal, 0, (*Server).makeRecoveryCodes},
		{http.MethodGet, "/api/v1/me/sessions", "listSessions", signedIn, tenantNone, false, rateNormal, 0, (*Server).listSessions},
		{http.MethodDelete, "/api/v1/me/sessions", "endSessions", signedIn, tenantNone, false, rateNormal, 0, (*Server).endSessions},
	}
}

func ssoRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/sso", "listProviders", anyone, tenantNone, false, rateNormal, 0, (*Server).listProviders},
		{http.MethodPost, "/api/v1/sso/{provider}/begin", "beginSSO", anyone, tenantNone, false, rateLogin, smallBody, (*Server).beginSSO},
		{http.MethodGet, "/sso/{provider}/callback", "ssoCallback", anyone, tenantNone, false, rateLogin, 0, (*Server).ssoCallback},
		{http.MethodPost, "/api/v1/me/step-up/provider", "beginSSOStepUp", signedIn, tenantNone, false, rateLogin, smallBody, (*Server).beginSSOStepUp},
		{http.MethodGet, "/api/v1/me/identities", "listIdentities", signedIn, tenantNone, false, rateNormal, 0, (*Server).listIdentities},
		{http.MethodPost, "/api/v1/me/identities", "linkIdentity", signedIn, tenantNone, true, rateLogin, smallBody, (*Server).beginLink},
		{http.MethodDelete, "/api/v1/me/identities/{id}", "unlinkIdentity", signedIn, tenantNone, true, rateNormal, 0, (*Server).unlinkIdentity},
		{http.MethodDelete, "/api/v1/people/{id}/identities/{identity}", "unlinkPerson", access.PermPeopleManage, tenantAll, true, rateNormal, 0, (*Server).unlinkPerson},
	}
}

func peopleRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/people", "listPeople", access.PermPeopleManage, tenantAll, false, rateNormal, 0, (*Server).listPeople},
		{http.MethodPost, "/api/v1/people", "invitePerson", access.PermPeopleManage, tenantAll, true, rateNormal, smallBody, (*Server).invitePerson},
		{http.MethodPatch, "/api/v1/people/{id}", "changePerson", access.PermPeopleManage, tenantAll, true, rateNormal, smallBody, (*Server).changePerson},
		{http.MethodDelete, "/api/v1/people/{id}", "removePerson", access.PermPeopleManage, tenantAll, true, rateNormal, 0, (*Server).removePerson},
		{http.MethodPost, "/api/v1/people/{id}/reset", "resetPerson", access.PermPeopleManage, tenantAll, true, rateNormal, 0, (*Server).resetPerson},
		{http.MethodPost, "/api/v1/invites/look", "lookAtInvite", anyone, tenantNone, false, rateLogin, smallBody, (*Server).lookAtInvite},
		{http.MethodPost, "/api/v1/invites/accept", "acceptInvite", anyone, tenantNone, false, rateLogin, smallBody, (*Server).acceptInvite},
		{http.MethodPost, "/api/v1/invites/accept/passkey", "acceptInviteByPasskey", anyone, tenantNone, false, rateLogin, smallBody, (*Server).acceptInviteByPasskey},
		{http.MethodGet, "/api/v1/tokens", "listTokens", access.PermTokenOwn, tenantNone, false, rateNormal, 0, (*Server).listTokens},
		{http.MethodPost, "/api/v1/tokens", "createToken", access.PermTokenOwn, tenantNone, true, rateNormal, smallBody, (*Server).createToken},
		{http.MethodDelete, "/api/v1/tokens/{id}", "revokeToken", access.PermTokenOwn, tenantNone, true, rateNormal, 0, (*Server).revokeToken},
		{http.MethodGet, "/api/v1/audit", "listAudit", access.PermAuditRead, tenantAll, false, rateNormal, 0, (*Server).listAudit},
		{http.MethodGet, "/api/v1/audit/verify", "verifyAudit", access.PermAuditRead, tenantAll, false, rateHeavy, 0, (*Server).verifyAudit},
	}
}

func connectionRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/tenants", "listTenants", signedIn, tenantNone, false, rateNormal, 0, (*Server).listTenants},
		{http.MethodGet, "/api/v1/connections", "listConnections", access.PermStatusRead, tenantNone, false, rateNormal, 0, (*Server).listConnections},
		{http.MethodPost, "/api/v1/connections", "addConnection", access.PermConnectionManage, tenantBody, true, rateNormal, smallBody, (*Server).addConnection},
		{http.MethodGet, "/api/v1/connections/{tenant}", "getConnection", access.PermStatusRead, tenantPath, false, rateNormal, 0, (*Server).getConnection},
		{http.MethodPatch, "/api/v1/connections/{tenant}", "changeConnection", access.PermConnectionManage, tenantPath, false, rateNormal, smallBody, (*Server).changeConnection},
		{http.MethodDelete, "/api/v1/connections/{tenant}", "removeConnection", access.PermConnectionManage, tenantPath, true, rateNormal, 0, (*Server).removeConnection},
		{http.MethodPost, "/api/v1/connections/{tenant}/check", "checkConnection", access.PermConnectionManage, tenantPath, false, rateHeavy, 0, (*Server).checkConnection},
		{http.MethodPost, "/api/v1/connections/{tenant}/collect", "collectNow", access.PermConnectionManage, tenantPath, false, rateHeavy, 0, (*Server).collectNow},
		{http.MethodPost, "/api/v1/connections/{tenant}/pause", "pauseConnection", access.PermConnectionManage, tenantPath, false, rateNormal, 0, (*Server).pauseConnection},
		{http.MethodPost, "/api/v1/connections/{tenant}/resume", "resumeConnection", access.PermConnectionManage, tenantPath, false, rateNormal, 0, (*Server).resumeConnection},
		{http.MethodPut, "/api/v1/connections/{tenant}/credential", "replaceCredential", access.PermConnectionManage, tenantPath, true, rateNormal, smallBody, (*Server).replaceCredential},
		{http.MethodPost, "/api/v1/connections/{tenant}/certificate", "makeCertificate", access.PermConnectionManage, tenantPath, true, rateNormal, 0, (*Server).makeCertificate},
		{http.MethodGet, "/api/v1/connections/{tenant}/coverage", "getCoverage", access.PermStatusRead, tenantPath, false, rateNormal, 0, (*Server).getCoverage},
		{http.MethodGet, "/api/v1/connections/{tenant}/log", "getConnectionLog", access.PermStatusRead, tenantPath, false, rateNormal, 0, (*Server).getConnectionLog},
	}
}

func consentRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/services", "listServices", signedIn, tenantNone, false, rateNormal, 0, (*Server).listServices},
		{http.MethodGet, "/api/v1/scripts/{kind}", "getScript", access.PermConnectionManage, tenantNone, false, rateNormal, 0, (*Server).getScript},
		{http.MethodPost, "/api/v1/consents", "beginConsent", access.PermConnectionManage, tenantAll, true, rateNormal, smallBody, (*Server).beginConsent},
		{http.MethodGet, "/api/v1/consents/{id}", "getConsent", access.PermConnectionManage, tenantAll, false, rateNormal, 0, (*Server).getConsent},
		{http.MethodDelete, "/api/v1/consents/{id}", "dropConsent", access.PermConnectionManage, tenantAll, true, rateNormal, 0, (*Server).dropConsent},
		{http.MethodGet, "/api/v1/consents/{id}/events", "watchConsent", access.PermConnectionManage, tenantAll, false, rateNormal, 0, (*Server).watchConsent},
		{http.MethodPost, "/api/v1/consents/{id}/save", "saveConsent", access.PermConnectionManage, tenantAll, false, rateNormal, smallBody, (*Server).saveConsent},
		{http.MethodGet, "/consent/callback", "consentCallback", anyone, tenantNone, false, rateLogin, 0, (*Server).consentCallback},
	}
}

func eventRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/tables", "listTables", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).listTables},
		{http.MethodPost, "/api/v1/query", "runQuery", access.PermEventRead, tenantBody, false, rateQuery, queryBody, (*Server).runQuery},
		{http.MethodPost, "/api/v1/events/search", "searchEvents", access.PermEventRead, tenantBody, false, rateQuery, smallBody, (*Server).searchEvents},
		{http.MethodPost, "/api/v1/events/histogram", "countEvents", access.PermEventRead, tenantBody, false, rateQuery, smallBody, (*Server).countEvents},
		{http.MethodPost, "/api/v1/events/values", "topValues", access.PermEventRead, tenantBody, false, rateQuery, smallBody, (*Server).topValues},
		{http.MethodPost, "/api/v1/events/export", "exportEvents", access.PermEventExport, tenantBody, true, rateQuery, smallBody, (*Server).exportEvents},
		{http.MethodPost, "/api/v1/exports", "createExport", access.PermEventExport, tenantBody, true, rateQuery, queryBody, (*Server).createExport},
		{http.MethodGet, "/api/v1/exports/{id}", "getExport", access.PermEventExport, tenantNone, false, rateNormal, 0, (*Server).getExport},
		{http.MethodDelete, "/api/v1/exports/{id}", "cancelExport", access.PermEventExport, tenantNone, false, rateNormal, 0, (*Server).cancelExport},
		{http.MethodGet, "/api/v1/exports/{id}/file", "getExportFile", access.PermEventExport, tenantNone, false, rateQuery, 0, (*Server).getExportFile},
		{http.MethodGet, "/api/v1/events/tail", "tailEvents", access.PermEventRead, tenantQuery, false, rateNormal, 0, (*Server).tailEvents},
		{http.MethodGet, "/api/v1/events/{ref}", "getEvent", access.PermEventRead, tenantQuery, false, rateNormal, 0, (*Server).getEvent},
		{http.MethodGet, "/api/v1/searches", "listSearches", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).listSearches},
		{http.MethodPost, "/api/v1/searches", "createSearch", access.PermEventRead, tenantNone, false, rateNormal, queryBody, (*Server).createSearch},
		{http.MethodGet, "/api/v1/searches/{id}", "getSearch", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).getSearch},
		{http.MethodPut, "/api/v1/searches/{id}", "changeSearch", access.PermEventRead, tenantNone, false, rateNormal, queryBody, (*Server).changeSearch},
		{http.MethodDelete, "/api/v1/searches/{id}", "removeSearch", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).removeSearch},
		{http.MethodGet, "/api/v1/signins/places", "listPlaces", access.PermEventRead, tenantQuery, false, rateQuery, 0, (*Server).listPlaces},
	}
}

func alertRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/alerts", "listAlerts", access.PermEventRead, tenantQuery, false, rateNormal, 0, (*Server).listAlerts},
		{http.MethodGet, "/api/v1/alerts/counts", "countAlerts", access.PermEventRead, tenantQuery, false, rateNormal, 0, (*Server).countAlerts},
		{http.MethodGet, "/api/v1/alerts/quality", "listQuality", access.PermEventRead, tenantQuery, false, rateNormal, 0, (*Server).listQuality},
		{http.MethodPost, "/api/v1/alerts/change", "changeAlerts", access.PermAlertManage, tenantNone, false, rateNormal, smallBody, (*Server).changeAlerts},
		{http.MethodGet, "/api/v1/alerts/{id}", "getAlert", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).getAlert},
		{http.MethodGet, "/api/v1/alerts/{id}/findings", "listFindings", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).listFindings},
		{http.MethodGet, "/api/v1/alerts/{id}/history", "listAlertHistory", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).listAlertHistory},
		{http.MethodGet, "/api/v1/alerts/{id}/normal", "getNormal", access.PermEventRead, tenantNone, false, rateQuery, 0, (*Server).getNormal},
		{http.MethodGet, "/api/v1/alerts/{id}/related", "listRelated", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).listRelated},
		{http.MethodGet, "/api/v1/incidents", "listIncidents", access.PermEventRead, tenantQuery, false, rateNormal, 0, (*Server).listIncidents},
		{http.MethodGet, "/api/v1/incidents/{id}", "getIncident", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).getIncident},
		{http.MethodGet, "/api/v1/silences", "listSilences", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).listSilences},
		{http.MethodPost, "/api/v1/silences", "addSilence", access.PermAlertManage, tenantBody, false, rateNormal, smallBody, (*Server).addSilence},
		{http.MethodPost, "/api/v1/silences/preview", "previewSilence", access.PermEventRead, tenantBody, false, rateNormal, smallBody, (*Server).previewSilence},
		{http.MethodPost, "/api/v1/silences/{id}/end", "endSilence", access.PermAlertManage, tenantNone, false, rateNormal, 0, (*Server).endSilence},
		{http.MethodGet, "/api/v1/entities/risk", "listRisk", access.PermEventRead, tenantQuery, false, rateNormal, 0, (*Server).listRisk},
	}
}

func systemRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/overview", "getOverview", access.PermStatusRead, tenantQuery, false, rateNormal, 0, (*Server).getOverview},
		{http.MethodGet, "/api/v1/health", "getHealth", access.PermStatusRead, tenantNone, false, rateNormal, 0, (*Server).getHealth},
		{http.MethodGet, "/api/v1/dashboards", "listDashboards", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).listDashboards},
		{http.MethodGet, "/api/v1/dashboards/{id}", "getDashboard", access.PermEventRead, tenantNone, false, rateNormal, 0, (*Server).getDashboard},
		{http.MethodPut, "/api/v1/dashboards/{id}", "saveDashboard", access.PermDashboardManage, tenantAll, false, rateNormal, queryBody, (*Server).saveDashboard},
		{http.MethodDelete, "/api/v1/dashboards/{id}", "removeDashboard", access.PermDashboardManage, tenantAll, false, rateNormal, 0, (*Server).removeDashboard},
		{http.MethodGet, "/api/v1/settings", "getSettings", access.PermSettingsManage, tenantAll, false, rateNormal, 0, (*Server).getSettings},
	}
}

func approvalRoutes() []Route {
	return []Route{
		{http.MethodGet, "/api/v1/approvals", "listApprovals", signedIn, tenantNone, false, rateNormal, 0, (*Server).listApprovals},
		{http.MethodGet, "/api/v1/approvals/{id}", "getApproval", signedIn, tenantNone, false, rateNormal, 0, (*Server).getApproval},
		{http.MethodPost, "/api/v1/approvals/{id}/approve", "approve", signedIn, tenantNone, true, rateNormal, smallBody, (*Server).approve},
		{http.MethodPost, "/api/v1/approvals/{id}/refuse", "refuse", signedIn, tenantNone, false, rateNormal, smallBody, (*Server).refuseApproval},
		{http.MethodDelete, "/api/v1/approvals/{id}", "withdrawApproval", signedIn, tenantNone, false, rateNormal, 0, (*Server).withdrawApproval},
	}
}

// coveredOperations are those that wait for a second person when four_eyes is
// on. Each says in which of its forms, and what it does then in words.
func coveredOperations() map[string]covered {
	return map[string]covered{
		"removeConnection":  {describe: (*Server).describeDisconnecting},
		"replaceCredential": {describe: (*Server).describeCredential, repeats: true},
		"invitePerson":      {describe: (*Server).describeInvitation, repeats: true},
		"changePerson":      {describe: (*Server).describeChange},
		"removePerson":      {describe: (*Server).describeRemoval},
		"unlinkPerson":      {describe: (*Server).describeUnlinking},
		"resetPerson":       {describe: (*Server).describeReset, repeats: true},
	}
}
