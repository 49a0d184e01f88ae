package connect

import (
	"fmt"
	"slices"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
)

// ServiceID names something that people choose to have from a tenant.
type ServiceID string

// The services.
const (
	ServiceAuditLog         ServiceID = "audit_log"
	ServiceSignIns          ServiceID = "signins_directory"
	ServiceMailResponse     ServiceID = "mail_response"
	ServiceIdentityResponse ServiceID = "identity_response"
)

// Service is what people choose, with the permissions that it needs.
type Service struct {
	ID          ServiceID    `json:"id"`
	Title       string       `json:"title"`
	About       string       `json:"about"`
	Available   bool         `json:"available"` // false: this version does not offer it yet
	Permissions []Permission `json:"permissions"`
}

// Permission is one application permission in Microsoft's names.
type Permission struct {
	Name string `json:"name"`
	// ID is the app role's id, a GUID that is the same in every tenant.
	ID    string `json:"id,omitempty"`
	API   string `json:"api"`    // as Entra shows it
	APIID string `json:"api_id"` // application id of the API
	Why   string `json:"why"`
	Write bool   `json:"write"` // it can change something in the tenant
}

const (
	managementAPI = "Office 365 Management APIs"
	graphAPI      = "Microsoft Graph"
	// graphAppID is the application id of Microsoft Graph. Source:
	// learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in, read 2026-11-22.
	graphAppID = "00000003-0000-0000-c000-000000000000"
)

// Services returns what can be chosen, with the least permissions for it.
//
// Sources, read 2026-11-22: learn.microsoft.com/office/office-365-management-api/get-started-with-office-365-management-apis
// (Management API), learn.microsoft.com/graph/permissions-reference and the
// least-privilege marks of microsoftgraph/microsoft-graph-devx-content (Graph).
// The ids of the two app roles are those that every tenant's service principal
// c5393580-f805-4401-95e8-94b7a6ef2fc2 shows.
func Services() []Service {
	management := func(name, id, why string) Permission {
		return Permission{Name: name, ID: id, API: managementAPI, APIID: managementAppID, Why: why}
	}
	read := func(name, why string) Permission {
		return Permission{Name: name, API: graphAPI, APIID: graphAppID, Why: why}
	}
	write := func(name, why string) Permission {
		p := read(name, why)
		p.Write = true
		return p
	}
	return []Service{
		{
			ID: ServiceAuditLog, Title: "Audit log", Available: true,
			About: "What people and administrators did in Entra ID, Exchange, SharePoint, OneDrive, Teams and the rest, from the unified audit log.",
			Permissions: []Permission{
				management(roleRead, "594c1fb6-4f81-4475-ae41-0c394909246c", "reads the audit log of Entra ID, Exchange, SharePoint, OneDrive, Teams and the other services"),
				management(roleReadDLP, "4807a72c-ad38-4250-94c9-4eabfe26cd55", "reads matches of data loss prevention policies, which can hold the sensitive text that matched"),
			},
		},
		{
			ID: ServiceSignIns, Title: "Sign-ins and directory",
			About: "Every sign-in with its risk, and the users, groups, devices, applications and policies behind it.",
			Permissions: []Permission{
				read("AuditLog.Read.All", "reads sign-ins and the directory's audit log"),
				read("Directory.Read.All", "reads delegated permissions that were granted to applications, and directory roles"),
				read("User.Read.All", "reads the users"),
				read("GroupMember.Read.All", "reads groups and who is in them"),
				read("Device.Read.All", "reads the devices"),
				read("Application.Read.All", "reads applications, and when their secrets and certificates end"),
				read("Policy.Read.All", "reads conditional access and other policies"),
				read("IdentityRiskEvent.Read.All", "reads what Entra ID Protection detects"),
				read("IdentityRiskyUser.Read.All", "reads which users Entra ID Protection holds to be at risk"),
			},
		},
		{
			ID: ServiceMailResponse, Title: "Mail response",
			About: "Finding a malicious message in every mailbox that received it, and moving it out of reach.",
			Permissions: []Permission{
				read("ExchangeMessageTrace.Read.All", "finds who received a message without opening a mailbox"),
				write("Mail.ReadWrite", "reads the message, moves it to quarantine and back"),
				write("MailboxSettings.ReadWrite", "reads and switches off malicious inbox rules, and marks messages with a category"),
			},
		},
		{
			ID: ServiceIdentityResponse, Title: "Identity response",
			About: "Stopping an account that was taken over: its sessions, its sign-in, its password and its authentication methods.",
			Permissions: []Permission{
				write("User.RevokeSessions.All", "ends the sessions of an account"),
				write("User.EnableDisableAccount.All", "blocks an account's sign-in and allows it again"),
				write("User-PasswordProfile.ReadWrite.All", "makes an account choose a new password"),
				write("UserAuthMethod-MicrosoftAuthApp.ReadWrite.All", "removes an authenticator app that an intruder added"),
				write("UserAuthMethod-Phone.ReadWrite.All", "removes a phone that an intruder added"),
				write("UserAuthMethod-Passkey.ReadWrite.All", "removes a passkey that an intruder added"),
				write("GroupMember.ReadWrite.All", "puts an account into the group that your policies quarantine"),
			},
		},
	}
}

// choose checks that services are offered, and returns them; none means the audit log.
func choose(ids []ServiceID) ([]Service, error) {
	if len(ids) == 0 {
		ids = []ServiceID{ServiceAuditLog}
	}
	var out []Service
	for _, s := range Services() {
		if slices.Contains(ids, s.ID) {
			if !s.Available {
				return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%q is not offered yet", s.Title), Hint: "choose the audit log"}
			}
			out = append(out, s)
		}
	}
	for _, id := range ids {
		if !slices.ContainsFunc(out, func(s Service) bool { return s.ID == id }) {
			return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("no service is named %.80q", id), Hint: "choose of " + serviceNames()}
		}
	}
	return out, nil
}

func serviceNames() string {
	var names []string
	for _, s := range Services() {
		names = append(names, string(s.ID))
	}
	return strings.Join(names, ", ")
}

func serviceIDs(list []Service) []ServiceID {
	out := make([]ServiceID, len(list))
	for i, s := range list {
		out[i] = s.ID
	}
	return out
}
