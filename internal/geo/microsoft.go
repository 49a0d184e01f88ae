package geo

import (
	"net/netip"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// microsoft365Date is the state of the published page that microsoft365 is of.
const microsoft365Date = "2026-08-14"

// microsoft365 is every prefix of Microsoft 365 Worldwide and GCC in
// https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges
// as updated 2026-08-14, read 2026-11-22: Exchange Online, SharePoint and
// OneDrive, Teams, and what they have in common, sign-in included. These are
// addresses of services; customers' machines are not among them, as they are in
// the service tag AzureCloud.
const microsoft365 = `
13.107.6.152/31 13.107.18.10/31 13.107.128.0/22 23.103.160.0/20 40.96.0.0/13 40.104.0.0/15 52.96.0.0/14
131.253.33.215/32 132.245.0.0/16 150.171.32.0/22 204.79.197.215/32 2603:1006::/40 2603:1016::/36 2603:1026::/36
2603:1036::/36 2603:1046::/36 2603:1056::/36 2620:1ec:4::152/128 2620:1ec:4::153/128 2620:1ec:c::10/128
2620:1ec:c::11/128 2620:1ec:d::10/128 2620:1ec:d::11/128 2620:1ec:8f0::/46 2620:1ec:900::/46 2620:1ec:a92::152/128
2620:1ec:a92::153/128 40.92.0.0/15 40.107.0.0/16 52.100.0.0/14 52.238.78.88/32 104.47.0.0/17 2a01:111:f400::/48
2a01:111:f403::/48

13.107.136.0/22 40.108.128.0/17 52.104.0.0/14 104.146.128.0/17 150.171.40.0/22 2603:1061:1300::/40
2603:1063:6000::/35 2620:1ec:8f8::/46 2620:1ec:908::/46 2a01:111:f402::/48

52.112.0.0/14 52.122.0.0/15 2603:1027::/48 2603:1037::/48 2603:1047::/48 2603:1057::/48 2603:1063::/38
2620:1ec:6::/48 2620:1ec:40::/42

13.107.6.171/32 13.107.18.15/32 13.107.140.6/32 52.108.0.0/14 52.244.37.168/32 2603:1006:1400::/40
2603:1016:2400::/40 2603:1026:2400::/40 2603:1036:2400::/40 2603:1046:1400::/40 2603:1056:1400::/40
2603:1063:2000::/38 2620:1ec:c::15/128 2620:1ec:8fc::6/128 2620:1ec:a92::171/128 2a01:111:f100:2000::a83e:3019/128
2a01:111:f100:2002::8975:2d79/128 2a01:111:f100:2002::8975:2da8/128 2a01:111:f100:7000::6fdd:6cd5/128
2a01:111:f100:a004::bfeb:88cf/128 20.20.32.0/19 20.190.128.0/18 20.231.128.0/19 40.126.0.0/18 2603:1006:2000::/48
2603:1007:200::/48 2603:1016:1400::/48 2603:1017::/48 2603:1026:3000::/48 2603:1027:1::/48 2603:1036:3000::/48
2603:1037:1::/48 2603:1046:2000::/48 2603:1047:1::/48 2603:1056:2000::/48 2603:1057:2::/48 13.107.6.192/32
13.107.9.192/32 2620:1ec:4::192/128 2620:1ec:a92::192/128`

func microsoft365Set() prefixSet {
	var prefixes []netip.Prefix
	for text := range strings.FieldsSeq(microsoft365) {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	return newPrefixSet(prefixes)
}

// actor is what a record says of who acted, as far as it tells a service of
// Microsoft from a person behind an address of Microsoft's.
type actor struct {
	appID    string
	userType int32
}

func actorOf(e *nightjar.Event) actor { return actor{e.AppID, e.UserType} }

// service reports whether the record itself points to a service of Microsoft:
// by one of its own applications, or by a user type that no person has
// (datacenter operator, system, application, service principal, policies).
// Types: learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema#user-type, read 2026-11-22.
func (a actor) service() bool {
	switch a.userType {
	case 3, 4, 5, 6, 7, 8:
		return true
	}
	return firstParty(a.appID)
}

// firstParty knows the applications of Microsoft that most often act for
// people from Microsoft's own addresses. Ids:
// https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in, read 2026-11-22.
func firstParty(appID string) bool {
	switch strings.ToLower(appID) {
	case "00000002-0000-0ff1-ce00-000000000000", // Office 365 Exchange Online
		"00000003-0000-0ff1-ce00-000000000000", // Office 365 SharePoint Online
		"00000006-0000-0ff1-ce00-000000000000", // Microsoft Office 365 Portal
		"00000007-0000-0ff1-ce00-000000000000", // Microsoft Exchange Online Protection
		"00000002-0000-0000-c000-000000000000", // Windows Azure Active Directory
		"00000003-0000-0000-c000-000000000000", // Microsoft Graph
		"cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", // Microsoft Teams Services
		"1fec8e78-bce4-4aaf-ab1b-5451cc387264", // Microsoft Teams
		"5e3ce6c0-2b1f-4285-8d4b-75ee78787346", // Microsoft Teams Web Client
		"4765445b-32c6-49b0-83e6-1d93765276ca", // OfficeHome
		"89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", // Office365 Shell WCSS-Client
		"d3590ed6-52b3-4102-aeff-aad2292ab01c", // Microsoft Office
		"9199bf20-a13f-4107-85dc-02114787ef48", // One Outlook Web
		"27922004-5251-4030-b22d-91ecd9a37ea4", // Outlook Mobile
		"ab9b8c07-8f02-4f72-87fa-80105867a763", // OneDrive SyncEngine
		"08e18876-6177-487e-b8b5-cf950c1e598c", // SharePoint Online Web Client Extensibility
		"0000000c-0000-0000-c000-000000000000": // Microsoft App Access Panel
		return true
	default:
		return false
	}
}
