package m365

// ErrorRule is one row of the table of what can come back from the Management
// Activity API.
type ErrorRule struct {
	AF        string // Microsoft's code; empty for a condition without one
	Kind      Kind
	Meaning   string // Microsoft's, in short
	Collector string // what the collector does
	User      string // what people are told
	Hint      string // what they can do
}

const (
	hintPermission = "in Entra, add \"Office 365 Management APIs\" > Application permissions > ActivityFeed.Read and grant admin consent"
	hintAuditing   = "turn auditing on (Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true); it takes up to 60 minutes to show. If it is on, check the tenant id and the cloud"
	hintReport     = "this is a defect of Nightjar: please report it with the log line"
)

// Errors returns the table: one row for each documented or observed code, then
// one for each condition without a code.
//
// Sources, read 2026-11-22: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#errors
// and …/troubleshooting-the-office-365-management-activity-api. AF20024 and
// AF20055 are undocumented and known from other collectors (Elastic's
// o365mock.go, Wazuh's wm_office365.c); AF50005 and AF50006 from Elastic Beats.
func Errors() []ErrorRule {
	return []ErrorRule{
		{"AF10001", KindPermission, "the token lacks the permission that this operation needs", "parks the feed and checks again slowly; other feeds go on", "the application may not read this feed: the permission ActivityFeed.Read is missing", hintPermission},
		{"AF20001", KindBug, "missing parameter", "stops the request and reports it", "Microsoft did not understand a request of ours (missing parameter)", hintReport},
		{"AF20002", KindBug, "parameter of a wrong type", "stops the request and reports it", "Microsoft did not understand a request of ours (wrong parameter)", hintReport},
		{"AF20003", KindBug, "webhook expiration in the past", "stops the request and reports it", "the webhook's expiry lies in the past", hintReport},
		{"AF20010", KindConfig, "the tenant in the address differs from the tenant in the token", "parks the tenant", "the credential belongs to another tenant than the one configured", "compare the configured tenant id with the Directory (tenant) ID of the application"},
		{"AF20011", KindTenantUnknown, "the tenant does not exist or was deleted", "parks the tenant and checks again slowly", "Microsoft says that the tenant does not exist, which is also what it says when auditing is off", hintAuditing},
		{"AF20012", KindTenantUnknown, "the tenant is incorrectly configured in Microsoft's system", "parks the tenant and checks again slowly", "Microsoft says that the tenant is not set up for auditing", hintAuditing},
		{"AF20013", KindConfig, "the tenant id in the address is not a GUID", "parks the tenant", "the configured tenant id is not a GUID", "copy the Directory (tenant) ID from the application's Overview page in Entra"},
		{"AF20020", KindConfig, "invalid content type", "parks the feed", "Microsoft does not know this feed in this cloud", "turn the feed off for this tenant"},
		{"AF20021", KindWebhook, "the webhook could not be validated", "goes on by polling and reports it", "Microsoft could not reach the webhook address, or it did not answer 200", "the address must begin with https:// and be reachable from the internet"},
		{"AF20022", KindNotSubscribed, "no subscription for this content type", "starts the subscription, then lists again", "the feed has no subscription yet", "the collector starts it; the first content can take up to 12 hours"},
		{"AF20023", KindDisabled, "the subscription was disabled by an administrator", "stops the feed and raises an alert; starts it again with an operator's consent only", "an administrator disabled the subscription of this feed: audit records are not being delivered", "find out who disabled it and why, then start it again"},
		{"AF20024", KindAlreadyEnabled, "the subscription is enabled and nothing changed", "takes it as success", "the subscription runs already", ""},
		{"AF20030", KindWindow, "times must both be given, at most 24 hours apart, at most 7 days back", "clamps the window, checks the clock, and records what is out of reach as a gap", "Microsoft refused the time window", "check that this machine's clock is right"},
		{"AF20031", KindBadPage, "invalid next page", "lists the window again from its first page", "Microsoft no longer knows the next page of a listing", "the collector starts the listing again"},
		{"AF20050", KindContentMissing, "the content does not exist", "marks the blob as missing: lost and visible; goes on", "a content blob that Microsoft listed does not exist", "see the gap in the coverage report"},
		{"AF20051", KindContentExpired, "the content expired", "marks the blob as expired: lost and visible; goes on", "a content blob expired before it could be fetched", "see the gap in the coverage report"},
		{"AF20052", KindContentID, "invalid content id", "marks the blob as missing and reports it", "Microsoft did not understand the id of a content blob", "check that the tenant id and the cloud are right"},
		{"AF20053", KindBug, "more than one language in Accept-Language", "stops the request and reports it", "Microsoft did not understand a request of ours (language)", hintReport},
		{"AF20054", KindBug, "invalid Accept-Language", "stops the request and reports it", "Microsoft did not understand a request of ours (language)", hintReport},
		{"AF20055", KindWindow, "start time out of the allowed range", "clamps the window, checks the clock, and records what is out of reach as a gap", "Microsoft refused the time window", "check that this machine's clock is right"},
		{"AF429", KindThrottled, "too many requests; arrives as 429 or as 403", "waits as long as asked, slows this tenant down and recovers", "Microsoft throttles this tenant's requests", "nothing is lost; set publisher_id to your own tenant's GUID, and lower requests_per_minute if it persists"},
		{"AF50000", KindServer, "internal error", "retries with growing pauses", "Microsoft reports an internal error", "it has been known to last for hours; the collector keeps trying"},
		{"AF50005", KindServer, "internal error", "retries with growing pauses", "Microsoft reports an internal error", "it has been known to last for hours; the collector keeps trying"},
		{"AF50006", KindServer, "internal error", "retries with growing pauses", "Microsoft reports an internal error", "it has been known to last for hours; the collector keeps trying"},

		{"", KindPermission, "401 or 403 with a fresh token, for one feed", "parks the feed and checks again slowly; other feeds go on", "the application may not read this feed: a permission is missing", hintPermission},
		{"", KindConfig, "the configuration was refused", "parks the tenant", "the configuration was refused", "check the tenant id and the cloud"},
		{"", KindTenantUnknown, "the text \"Tenant … does not exist\" without a code", "parks the tenant and checks again slowly", "Microsoft says that the tenant does not exist, which is also what it says when auditing is off", hintAuditing},
		{"", KindWindow, "a window that breaks a rule, refused before it is sent", "clamps the window", "the time window is empty or longer than 24 hours", "the window must be at most 24 hours and start at most 7 days back"},
		{"", KindBadPage, "a listing that refers to one page twice", "lists the window again from its first page", "a listing of Microsoft's runs in a circle", "the collector starts the listing again"},
		{"", KindThrottled, "429, or \"Too many requests\" under any status", "waits as long as asked, slows this tenant down and recovers", "Microsoft throttles this tenant's requests", "nothing is lost; set publisher_id to your own tenant's GUID, and lower requests_per_minute if it persists"},
		{"", KindServer, "any other answer of 5xx, or a 404 without a code", "retries with growing pauses", "Microsoft's service does not answer properly", "the collector keeps trying"},
		{"", KindAuth, "401 with a fresh token, not for one feed", "signs in again slowly", "Microsoft refuses the application's token", "run nightjar tenant check"},
		{"", KindTransient, "408, a truncated or unreadable answer", "fetches it again; never takes a part for the whole", "an answer of Microsoft's was cut short or unreadable", "the collector keeps trying; if it persists, look at proxies in between"},
		{"", KindWebPage, "200 with a web page, in the place of a listing", "asks again with growing pauses", "a web page came in the place of an answer of Microsoft's", "look at proxies and sign-in pages of the network in between"},
		{"", KindForeignHost, "an address outside the tenant's own roots", "refuses it before any token is sent", "an address outside the tenant's own cloud was refused", "check the roots of the cloud in the configuration; if they are right, something between you and Microsoft changes answers"},
		{"", KindNetwork, "no answer at all", "retries with growing pauses", "Microsoft cannot be reached", "check name resolution, firewall, proxy and certificates on the way"},
		{"", KindTooLarge, "an answer above the configured size", "quarantines the blob", "a content blob exceeds the configured size", "raise the limit if the blob is genuine"},
		{"", KindBug, "any other answer of 4xx", "stops the request and reports it", "Microsoft did not accept a request of ours", hintReport},
	}
}

// ruleFor finds the row for an answer: by its code, else by its kind.
func ruleFor(e *APIError) ErrorRule {
	var byKind ErrorRule
	for _, r := range Errors() {
		if e.AF != "" && r.AF == e.AF && r.Kind == e.Kind {
			return r
		}
		if r.Kind == e.Kind && (byKind.Kind == KindNone || r.AF == "") {
			byKind = r
		}
	}
	return byKind
}
