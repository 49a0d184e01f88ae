package app

import (
	"slices"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func TestAClaimGivesWhatItsOwnProviderMaps(t *testing.T) {
	t.Parallel()
	const tenant = "11111111-1111-4111-8111-111111111111"
	grants := mapped([]config.Provider{
		{ID: "a", Roles: []config.RoleMapping{{Value: "Desk", Role: "helpdesk", Tenant: tenant}, {Value: "Boss", Role: "admin"}, {Value: "Boss", Role: "viewer"}}},
		{ID: "b", Roles: []config.RoleMapping{{Value: "Boss", Role: "viewer"}}},
	})
	for _, test := range []struct {
		provider string
		values   []string
		want     []access.Grant
	}{
		{"a", []string{"Desk", "other"}, []access.Grant{{Role: access.RoleHelpdesk, Tenant: tenant}}},
		{"a", []string{"Boss"}, []access.Grant{{Role: access.RoleAdmin}, {Role: access.RoleViewer}}},
		{"b", []string{"Boss"}, []access.Grant{{Role: access.RoleViewer}}},
		{"a", []string{"boss", ""}, nil}, // claims are compared to the letter
		{"c", []string{"Boss"}, nil},
	} {
		if got := grants(test.provider, test.values); !slices.Equal(got, test.want) {
			t.Errorf("%s with %q gives %v, want %v", test.provider, test.values, got, test.want)
		}
	}
}
