package access

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestS28AnAPITokenIsScopedBoundAndExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		bearer, info, err := b.CreateToken(t.Context(), ada, TokenSpec{
			Name: "export job", Scopes: []Permission{PermEventRead, PermEventExport}, Grants: []Grant{{Role: RoleAnalyst, Tenant: contoso}},
			Expires: b.clock.Now().Add(24 * time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		who, err := b.Token(t.Context(), bearer)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			p      Permission
			tenant nightjar.TenantID
			want   bool
		}{
			{PermEventExport, contoso, true},
			{PermEventRead, contoso, true},
			{PermEventRead, fabrikam, false},
			{PermEventRead, "", false},
			{PermDashboardManage, contoso, false},
			{PermConnectionManage, contoso, false},
			{PermPeopleManage, "", false},
		} {
			if who.May(c.p, c.tenant) != c.want {
				t.Errorf("%s for %q: want %v", c.p, c.tenant, c.want)
			}
		}
		if who.Kind != KindToken || who.Person != ada.ID || who.Actor().Kind != nightjar.ActorToken {
			t.Errorf("%+v", who)
		}
		time.Sleep(2 * time.Minute)
		if _, err := b.Token(t.Context(), bearer); err != nil {
			t.Fatal(err)
		}
		list, err := b.Tokens(t.Context(), ada)
		if err != nil || len(list) != 1 || list[0].ID != info.ID || !list[0].LastUsed.Equal(b.clock.Now()) {
			t.Errorf("%+v, %v", list, err)
		}
		var stored []string
		if err := b.db.NewRaw("SELECT hash FROM access_tokens").Scan(t.Context(), &stored); err != nil || stored[0] != hashOf(bearer.Reveal()) {
			t.Errorf("%v, %v", stored, err)
		}
		time.Sleep(24 * time.Hour)
		for range 5 {
			_, err = b.Token(t.Context(), bearer)
			wantCode(t, err, nightjar.CodeUnauthenticated)
		}
		refused, err := b.trail.List(t.Context(), audit.Filter{Action: nightjar.ActionTokenRefuse})
		if err != nil || len(refused) != 1 || refused[0].Detail["reason"] != "expired" {
			t.Errorf("audited %+v, %v; want one entry an hour", refused, err)
		}
	})
}

func TestS28ATokenNeverDoesMoreThanItsOwner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleAnalyst, Tenant: contoso})
		_, eve := b.person(ada, "eve", Grant{Role: RoleViewer})
		year := b.clock.Now().Add(365 * 24 * time.Hour)
		read := []Permission{PermEventRead}
		for name, c := range map[string]struct {
			who  Identity
			spec TokenSpec
			want nightjar.Code
		}{
			"more than the owner has":   {bob, TokenSpec{Name: "x", Scopes: []Permission{PermConnectionManage}, Expires: year}, nightjar.CodeForbidden},
			"another tenant":            {bob, TokenSpec{Name: "x", Scopes: read, Grants: []Grant{{Role: RoleViewer, Tenant: fabrikam}}, Expires: year}, nightjar.CodeForbidden},
			"all tenants":               {bob, TokenSpec{Name: "x", Scopes: read, Grants: []Grant{{Role: RoleViewer}}, Expires: year}, nightjar.CodeForbidden},
			"a viewer":                  {eve, TokenSpec{Name: "x", Scopes: read, Expires: year}, nightjar.CodeForbidden},
			"for somebody else":         {bob, TokenSpec{Name: "x", Scopes: read, Person: ada.ID, Expires: year}, nightjar.CodeForbidden},
			"no scope":                  {bob, TokenSpec{Name: "x", Expires: year}, nightjar.CodeInvalid},
			"a scope that is none":      {bob, TokenSpec{Name: "x", Scopes: []Permission{"all"}, Expires: year}, nightjar.CodeInvalid},
			"no grant":                  {bob, TokenSpec{Name: "x", Scopes: read, Grants: []Grant{}, Expires: year}, nightjar.CodeInvalid},
			"for ever":                  {bob, TokenSpec{Name: "x", Scopes: read}, nightjar.CodeInvalid},
			"two years":                 {bob, TokenSpec{Name: "x", Scopes: read, Expires: year.Add(365 * 24 * time.Hour)}, nightjar.CodeInvalid},
			"expired before it is made": {bob, TokenSpec{Name: "x", Scopes: read, Expires: b.clock.Now()}, nightjar.CodeInvalid},
			"without a name":            {bob, TokenSpec{Scopes: read, Expires: year}, nightjar.CodeInvalid},
		} {
			if _, _, err := b.CreateToken(t.Context(), c.who, c.spec); nightjar.CodeOf(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		bearer, info, err := b.CreateToken(t.Context(), Operator("root"), TokenSpec{Name: "x", Person: "bob", Scopes: []Permission{PermEventRead, PermTokenOwn}, Expires: year})
		if err != nil || info.Owner != "bob" {
			t.Fatal(info, err)
		}
		who, err := b.Token(t.Context(), bearer)
		if err != nil || !who.May(PermEventRead, contoso) {
			t.Fatal(who, err)
		}
		_, _, err = b.CreateToken(t.Context(), who, TokenSpec{Name: "y", Scopes: read, Expires: year})
		wantCode(t, err, nightjar.CodeForbidden) // a token makes no tokens
		// What the owner loses, the token loses, at once.
		if err := b.SetGrants(t.Context(), ada, bob.ID, []Grant{{Role: RoleHelpdesk, Tenant: fabrikam}}); err != nil {
			t.Fatal(err)
		}
		if who, err = b.Token(t.Context(), bearer); err != nil || who.May(PermEventRead, contoso) || who.May(PermEventRead, fabrikam) {
			t.Errorf("%+v, %v", who, err)
		}
		if err := b.SetGrants(t.Context(), ada, bob.ID, []Grant{{Role: RoleAdmin}}); err != nil {
			t.Fatal(err)
		}
		if who, err = b.Token(t.Context(), bearer); err != nil || !who.May(PermEventRead, contoso) || who.May(PermEventRead, fabrikam) || who.May(PermPeopleManage, "") {
			t.Errorf("the token grew with its owner: %+v, %v", who, err)
		}
		// A token for all tenants whose owner has one left is for that one.
		wide, _, err := b.CreateToken(t.Context(), Operator("root"), TokenSpec{Name: "wide", Person: "bob", Scopes: read, Expires: year})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.SetGrants(t.Context(), ada, bob.ID, []Grant{{Role: RoleAnalyst, Tenant: contoso}}); err != nil {
			t.Fatal(err)
		}
		if who, err = b.Token(t.Context(), wide); err != nil || !who.May(PermEventRead, contoso) || !slices.Equal(who.Permissions(), read) {
			t.Errorf("it may read events of contoso, and says %v, %v", who.Permissions(), err)
		}
		wantCode(t, b.RevokeToken(t.Context(), eve, info.ID), nightjar.CodeNotFound)
		if err := b.Disable(t.Context(), ada, bob.ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Token(t.Context(), bearer)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if err := b.Enable(t.Context(), ada, bob.ID); err != nil {
			t.Fatal(err)
		}
		if err := b.RevokeToken(t.Context(), bob, info.ID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Token(t.Context(), bearer)
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if list, err := b.Tokens(t.Context(), eve); err != nil || len(list) != 0 {
			t.Errorf("others see %v, %v", list, err)
		}
	})
}

func TestS28ScannersKnowTheFormOfAToken(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^nj_[0-9A-Za-z]{49}$`)
	for _, random := range [][]byte{make([]byte, 32), []byte(strings.Repeat("\xff", 32)), []byte("0123456789abcdef0123456789abcdef")} {
		text := bearerText(random).Reveal()
		if !form.MatchString(text) || !TokenForm(text) {
			t.Errorf("%q", text)
		}
		for i := 3; i < len(text); i++ {
			other := byte('0')
			if text[i] == other {
				other = '1'
			}
			if TokenForm(text[:i] + string(other) + text[i+1:]) {
				t.Errorf("a wrong character at %d passes", i)
			}
		}
	}
	if got, want := bearerText(make([]byte, 32)).Reveal(), "nj_"+strings.Repeat("0", 43); !strings.HasPrefix(got, want) {
		t.Errorf("%q", got)
	}
}

func FuzzTokenForm(f *testing.F) {
	f.Add(bearerText(make([]byte, 32)).Reveal())
	f.Fuzz(func(t *testing.T, s string) {
		if TokenForm(s) && (len(s) != 52 || !strings.HasPrefix(s, "nj_")) {
			t.Errorf("%q", s)
		}
		_ = secret.New(s)
	})
}
