package access

import (
	"slices"
	"testing"
	"testing/synctest"

	nightjar "github.com/nightjar-sec/nightjar"
)

// TestEachRoleMayDoWhatTheTableSays is the table of roles, written out.
func TestEachRoleMayDoWhatTheTableSays(t *testing.T) {
	t.Parallel()
	table := map[Permission]string{ // v h a A: viewer, helpdesk, analyst, admin
		PermStatusRead: "vhaA", PermEventRead: "vhaA", PermTokenOwn: "haA", PermEventExport: "aA", PermDashboardManage: "aA",
		PermConnectionManage: "A", PermPeopleManage: "A", PermAuditRead: "A", PermSettingsManage: "A", PermNotifyManage: "A", PermRuleManage: "aA", PermAlertManage: "aA",
	}
	letter := map[Role]string{RoleViewer: "v", RoleHelpdesk: "h", RoleAnalyst: "a", RoleAdmin: "A"}
	if len(table) != len(Permissions()) {
		t.Fatal("a permission is missing here")
	}
	for _, p := range Permissions() {
		for _, r := range Roles() {
			want := slices.Contains([]byte(table[p]), letter[r][0])
			all := Identity{ID: "x", Kind: KindPerson, Grants: []Grant{{Role: r}}}
			if all.MayAll(p) != want || all.May(p, contoso) != want {
				t.Errorf("%s of all tenants, %s: %v and %v, want %v", r, p, all.MayAll(p), all.May(p, contoso), want)
			}
			some := Identity{ID: "x", Kind: KindPerson, Grants: []Grant{{Role: r, Tenant: contoso}}}
			if some.MayAll(p) || some.May(p, fabrikam) {
				t.Errorf("%s of one tenant may %s elsewhere", r, p)
			}
			if want := want && !p.ofInstallation(); some.May(p, contoso) != want {
				t.Errorf("%s of one tenant, %s: want %v", r, p, want)
			}
		}
	}
	for _, nobody := range []Identity{{}, {Grants: []Grant{{Role: RoleAdmin}}}, {Kind: KindPerson, Grants: []Grant{{Role: "root"}}}, {Kind: KindToken, Grants: []Grant{{Role: RoleAdmin}}}} {
		for _, p := range append(Permissions(), "", "everything") {
			if nobody.MayAll(p) || nobody.May(p, contoso) {
				t.Errorf("%+v may %q", nobody, p)
			}
		}
	}
	if admin := (Identity{Kind: KindPerson, Grants: []Grant{{Role: RoleAdmin}}}); admin.MayAll("everything") {
		t.Error("an administrator may do what is no permission")
	}
}

func TestTenantsAreThoseOfTheGrants(t *testing.T) {
	t.Parallel()
	all := []nightjar.Tenant{{ID: contoso}, {ID: fabrikam}}
	who := Identity{Kind: KindPerson, Grants: []Grant{{Role: RoleViewer}, {Role: RoleAnalyst, Tenant: fabrikam}}}
	if got := who.Tenants(PermEventRead, all); len(got) != 2 {
		t.Errorf("reads %v", got)
	}
	if got := who.Tenants(PermEventExport, all); len(got) != 1 || got[0].ID != fabrikam {
		t.Errorf("exports %v", got)
	}
	if got := who.Permissions(); !slices.Contains(got, PermEventExport) || slices.Contains(got, PermPeopleManage) {
		t.Errorf("may %v", got)
	}
}

func TestS22AChangeOfRightsHoldsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		token, bob := b.person(ada, "bob", Grant{Role: RoleAnalyst})
		// The change is made by another process on the same catalog.
		other := b.keeper()
		may := func(p Permission, tenant nightjar.TenantID) bool {
			t.Helper()
			who, err := b.Session(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			return who.May(p, tenant)
		}
		if !may(PermEventExport, contoso) {
			t.Error("an analyst cannot export")
		}
		if err := other.SetGrants(t.Context(), ada, bob.ID, []Grant{{Role: RoleViewer, Tenant: fabrikam}}); err != nil {
			t.Fatal(err)
		}
		if may(PermEventExport, contoso) || may(PermEventRead, contoso) || !may(PermEventRead, fabrikam) {
			t.Error("the new rights do not hold")
		}
		if e := b.last(); e.Action != nightjar.ActionPersonGrant || e.Detail["before"] != "analyst@*" || e.Detail["after"] != "viewer@"+string(fabrikam) || e.Target != "bob" {
			t.Errorf("audited: %+v", e)
		}
		if err := other.Disable(t.Context(), ada, bob.ID); err != nil {
			t.Fatal(err)
		}
		_, err := b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if err := other.Enable(t.Context(), ada, bob.ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Session(t.Context(), token)
		wantCode(t, err, nightjar.CodeUnauthenticated) // what ended does not come back
	})
}
