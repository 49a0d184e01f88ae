package nightjar

// Cloud is one Microsoft 365 environment: the roots that a tenant's client
// speaks to. Roots are https URLs without a trailing slash.
//
// Sources, read 2026-11-22: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
// (API roots), learn.microsoft.com/entra/identity-platform/authentication-national-cloud (login),
// learn.microsoft.com/graph/deployments (graph).
type Cloud struct {
	Name       string
	Login      string
	Management string
	Graph      string
	CAFile     string // PEM bundle trusted in addition to the system's; for custom clouds
}

// Clouds returns the environments that Microsoft documents for the Management
// Activity API. China (21Vianet) has no documented API root and is absent.
func Clouds() []Cloud {
	return []Cloud{
		{Name: "commercial", Login: "https://login.microsoftonline.com", Management: "https://manage.office.com", Graph: "https://graph.microsoft.com"},
		{Name: "gcc", Login: "https://login.microsoftonline.com", Management: "https://manage-gcc.office.com", Graph: "https://graph.microsoft.com"},
		{Name: "gcchigh", Login: "https://login.microsoftonline.us", Management: "https://manage.office365.us", Graph: "https://graph.microsoft.us"},
		{Name: "dod", Login: "https://login.microsoftonline.us", Management: "https://manage.protection.apps.mil", Graph: "https://dod-graph.microsoft.us"},
	}
}
