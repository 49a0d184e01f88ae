package sim

import "strconv"

func (w *writer) general() {
	switch throw := w.dice.below(100); {
	case throw < 62:
		w.teams()
	case throw < 74:
		w.app("ViewReport", "PowerBI", 20, "Activity", "ViewReport", "ItemName", "Sales by month", "WorkSpaceName", w.who.Team, "DatasetName", "Sales", "ReportName", "Sales by month", "ReportType", "PowerBIReport", "DistributionMethod", "Workspace", "ConsumptionMethod", "Power BI Web")
	case throw < 82:
		w.app(w.word("LaunchPowerApp", "PublishPowerApp", "UpdatePowerApp"), "PowerApps", 45, "AppName", "Leave requests", "EnvironmentName", "Default-"+w.g.tenant, "AdditionalInfo", "launch")
	case throw < 88:
		w.app(w.word("CreateFlow", "EditFlow", "PutConnection"), "MicrosoftFlow", 30, "FlowConnectorNames", "Office 365 Outlook, SharePoint", "FlowDetailsUrl", "https://flow.example.net/environments/Default", "SharingPermission", "2", "LicenseDisplayName", "Microsoft 365 E5")
	case throw < 92:
		w.app("CopilotInteraction", "Copilot", 261, "AppHost", w.word("Teams", "Word", "Office"), "ThreadId", "19:"+w.newGUID()+"@thread.v2", "AISystemPlugin", "BingWebSearch", "ModelTransparencyDetails", "none")
	case throw < 96:
		w.app(w.word("CreateForm", "CreateResponse", "ViewForm"), "MicrosoftForms", 66, "FormName", "Survey", "FormTypes", "Form", "ActivityParameters", "none", "SourceApp", "Forms")
	default:
		w.alert(w.word("AlertTriggered", "AlertEntityGenerated", "AlertEntityGenerated"), alertPolicies[w.dice.below(len(alertPolicies))])
	}
}

// teams writes what people do in Teams (record type 25).
func (w *writer) teams() {
	operation := w.word("MessageSent", "MessageSent", "MessageCreatedHasLink", "MessageUpdated", "ReactedToMessage", "TeamsSessionStarted", "MeetingParticipantDetail", "MemberAdded", "ChatCreated", "MessageRead")
	kind := w.word("Channel", "OneOnOne", "GroupChat")
	thread := "19:" + w.newGUID() + "@unq.gbl.spaces"
	if kind == "Channel" {
		thread = "19:" + w.idOf("channel", w.who.Team) + "@thread.tacv2"
	}
	w.open(operation, "MicrosoftTeams", 25, "")
	w.pair("ClientIP", w.address())
	w.pair("UserId", w.who.UPN)
	w.text(`,"AppAccessContext":{}`)
	w.pair("ChatThreadId", thread)
	w.pair("CommunicationType", kind)
	w.text(`,"ExtraProperties":[{"Key":"TimeZone","Value":"Europe/`, "Berlin", `"},{"Key":"OsName","Value":"windows"},{"Key":"OsVersion","Value":"NT 10.0"},{"Key":"Country","Value":"`, w.who.Place.Country, `"},{"Key":"ClientName","Value":"skypeteams"},{"Key":"ClientVersion","Value":"27/1.0.0.2026101511"},{"Key":"ClientUtcOffsetSeconds","Value":"3600"}]`)
	w.pair("ItemName", thread)
	w.b = append(w.b, `,"MessageId":"`...)
	w.b = strconv.AppendInt(w.b, w.at.UnixMilli(), 10)
	w.text(`","MessageVersion":"`)
	w.b = strconv.AppendInt(w.b, w.at.UnixMilli()+1, 10)
	w.text(`","ParticipantInfo":{"HasForeignTenantUsers":false,"HasGuestUsers":false,"HasOtherGuestUsers":false,"HasUnauthenticatedUsers":false,"ParticipatingTenantIds":["`, w.g.tenant, `"],"ParticipatingSIPDomains":[]}`)
	w.pair("ResourceTenantId", w.g.tenant)
	w.text(`,"Members":[`)
	for n := range 2 + w.dice.below(5) {
		if n > 0 {
			w.b = append(w.b, ',')
		}
		m := &w.g.people.people[w.dice.below(len(w.g.people.people))]
		w.text(`{"DisplayName":"`, m.Name, `","Role":1,"UPN":"`, m.UPN, `"}`)
	}
	w.text(`]`)
	w.pair("TeamName", w.who.Team)
	w.pair("TeamGuid", w.idOf("team", w.who.Team))
	w.close()
}

// app writes a record of one of the many small workloads: flat properties.
func (w *writer) app(operation, workload string, recordType int, pairs ...string) {
	w.open(operation, workload, recordType, "Success")
	w.pair("ClientIP", w.address())
	w.pair("ObjectId", w.newGUID())
	w.pair("UserId", w.who.UPN)
	w.pair("UserAgent", agents[w.who.agent])
	for i := 0; i+1 < len(pairs); i += 2 {
		w.pair(pairs[i], pairs[i+1])
	}
	w.guid("ActivityId")
	w.guid("RequestId")
	w.bag("ExtendedProperties", "Department", w.who.Team, "Device", w.who.device)
	w.close()
}

// dlp writes a match of a data-loss policy (record types 11 and 13).
func (w *writer) dlp() {
	recordType, workload := 13, w.word("OneDrive", "SharePoint")
	if w.dice.chance(40) {
		recordType, workload = 11, "Exchange"
	}
	w.open("DlpRuleMatch", workload, recordType, "")
	w.pair("UserId", w.who.UPN)
	w.pair("ObjectId", w.who.Site+"/Documents/Payroll "+strconv.Itoa(w.dice.below(100))+".xlsx")
	w.guid("IncidentId")
	w.text(`,"SharePointMetaData":{"FileName":"Payroll.xlsx","FileOwner":"`, w.who.Name, `","FilePathUrl":"`, w.who.Site, `/Documents/Payroll.xlsx","DocumentLastModifier":"`, w.who.UPN, `","SiteCollectionGuid":"`, w.idOf("site", w.who.Site), `","IsViewableByExternalUsers":`, w.word("true", "false"), `}`)
	policy := w.word("Payment cards", "National identity numbers", "Health records")
	w.text(`,"PolicyDetails":[{"PolicyId":"`, w.idOf("policy", policy), `","PolicyName":"`, policy, `","Rules":[{"Actions":["`, w.word("NotifyUser", "BlockAccess"), `"],"ConditionsMatched":{"ConditionMatchedInNewScheme":true,"SensitiveInformation":[{"Confidence":`)
	w.b = strconv.AppendInt(w.b, int64(65+w.dice.below(4)*10), 10)
	w.text(`,"Count":`)
	w.b = strconv.AppendInt(w.b, int64(1+w.dice.below(30)), 10)
	w.text(`,"SensitiveType":"50842eb7-edc8-4019-85dd-5a5c1f2bb085","SensitiveInformationTypeName":"Credit Card Number","UniqueCount":1,"SensitiveInformationDetectionsInfo":{"DetectedValues":[]}}]},"ManagementRuleId":"`, w.idOf("management rule", policy), `","RuleId":"`, w.idOf("rule", policy), `","RuleMode":"Enable","RuleName":"High volume","Severity":"`, w.word("Low", "Low", "Low", "Low", "Low", "Medium", "Medium", "Medium", "High"), `"}]}]`)
	w.text(`,"ExceptionInfo":null,"SensitiveInfoDetectionIsIncluded":true`)
	w.close()
}
