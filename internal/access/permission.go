package access

import "slices"

// Permission is what a route asks for: a closed set.
type Permission string

// The permissions.
const (
	// PermStatusRead shows overview, health, the state of connections, coverage and the pipeline's log.
	PermStatusRead Permission = "status.read"
	// PermEventRead shows events: search, query, map, dashboards, raw records.
	PermEventRead Permission = "event.read"
	// PermEventExport writes events to files.
	PermEventExport Permission = "event.export"
	// PermConnectionManage connects, edits, pauses, collects now, replaces credentials and disconnects.
	PermConnectionManage Permission = "connection.manage"
	// PermDashboardManage makes and changes dashboards, which all people share.
	PermDashboardManage Permission = "dashboard.manage"
	// PermPeopleManage invites people and changes their roles.
	PermPeopleManage Permission = "people.manage"
	// PermTokenOwn makes API tokens for oneself.
	PermTokenOwn Permission = "token.own"
	// PermAuditRead shows the audit log.
	PermAuditRead Permission = "audit.read"
	// PermSettingsManage changes what concerns the whole installation.
	PermSettingsManage Permission = "settings.manage"
	// PermNotifyManage manages channels, routes and deliveries of notifications.
	PermNotifyManage Permission = "notify.manage"
	// PermRuleManage switches rules, changes their parameters, and makes exceptions.
	PermRuleManage Permission = "rule.manage"
	// PermAlertManage decides about alerts, and silences them.
	PermAlertManage Permission = "alert.manage"
)

// Permissions returns all permissions.
func Permissions() []Permission {
	return []Permission{
		PermStatusRead, PermEventRead, PermEventExport, PermConnectionManage, PermDashboardManage,
		PermPeopleManage, PermTokenOwn, PermAuditRead, PermSettingsManage, PermNotifyManage, PermRuleManage, PermAlertManage,
	}
}

// Role is a named set of permissions.
type Role string

// The roles.
const (
	RoleViewer   Role = "viewer"
	RoleHelpdesk Role = "helpdesk"
	RoleAnalyst  Role = "analyst"
	RoleAdmin    Role = "admin"
)

// Roles returns the roles, the least first.
func Roles() []Role { return []Role{RoleViewer, RoleHelpdesk, RoleAnalyst, RoleAdmin} }

// Permissions returns what the role allows; nothing for a role that is none.
func (r Role) Permissions() []Permission {
	viewer := []Permission{PermStatusRead, PermEventRead}
	helpdesk := append(slices.Clone(viewer), PermTokenOwn)
	switch r {
	case RoleViewer:
		return viewer
	case RoleHelpdesk:
		return helpdesk
	case RoleAnalyst:
		return append(helpdesk, PermEventExport, PermDashboardManage, PermRuleManage, PermAlertManage)
	case RoleAdmin:
		return Permissions()
	}
	return nil
}

// Allows reports whether the role has the permission.
func (r Role) Allows(p Permission) bool { return slices.Contains(r.Permissions(), p) }

// ofInstallation reports whether the permission concerns the whole
// installation, so that only a grant for all tenants gives it.
func (p Permission) ofInstallation() bool {
	return p == PermDashboardManage || p == PermPeopleManage || p == PermAuditRead || p == PermSettingsManage || p == PermNotifyManage
}
