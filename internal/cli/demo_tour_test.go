package cli

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestTheDemoPrintsEachRecordUnderItsTenant(t *testing.T) {
	t.Parallel()
	const contoso, fabrikam = nightjar.TenantID("11111111-1111-4111-8111-111111111111"), nightjar.TenantID("22222222-2222-4222-8222-222222222222")
	event := func(tenant nightjar.TenantID, table nightjar.Table, operation string) nightjar.Event {
		return nightjar.Event{Tenant: tenant, Table: table, Operation: operation}
	}
	var b strings.Builder
	err := printSome(&b, []nightjar.Event{
		event(contoso, nightjar.TableExchange, "New-InboxRule"),
		event(contoso, nightjar.TableCollectorsOut, "collector finished"),
		event(nightjar.Installation, nightjar.TableAudit, "person.login"),
		event(fabrikam, nightjar.TableAzureAD, "UserLoggedIn"),
	}, []nightjar.Tenant{{ID: contoso, Name: "contoso"}, {ID: fabrikam, Name: "fabrikam"}})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "  contoso ") || !strings.Contains(lines[0], "New-InboxRule") ||
		!strings.Contains(lines[1], "  fabrikam ") || !strings.Contains(lines[1], "UserLoggedIn") {
		t.Errorf("the stream shows\n%s", &b)
	}
}

// TestTheDemoNamesTheConsolesScreens compares the invitation with the titles
// of the console's navigation, and asks for the screens that alerts live on.
func TestTheDemoNamesTheConsolesScreens(t *testing.T) {
	t.Parallel()
	titles, err := os.ReadFile("../../web/src/text/shell.ts")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for line := range strings.Lines(demoScreens) {
		if name, ok := strings.CutPrefix(line, "  "); ok && !strings.HasPrefix(name, " ") {
			name, _, _ = strings.Cut(name, " ")
			named[name] = true
			if !strings.Contains(string(titles), ": '"+name+"',") {
				t.Errorf("the console has no screen %s", name)
			}
		}
	}
	for _, must := range []string{"Alerts", "Rules", "Notifications"} {
		if !named[must] {
			t.Errorf("the invitation does not name the screen %s", must)
		}
	}
	if !slices.ContainsFunc(demoKept(), func(c string) bool { return strings.HasPrefix(c, "alert list") }) {
		t.Error("the invitation does not say how a terminal lists alerts")
	}
}

func TestWhatTheDemoProposesCanBeTyped(t *testing.T) {
	t.Parallel()
	for _, c := range demoCommands() {
		c, _, _ = strings.Cut(c, " | ")
		if err := understands(t, strings.Fields(c)); err != nil {
			t.Errorf("nightjar %s: %v", c, err)
		}
	}
	for _, e := range examples() {
		if strings.ContainsAny(e.sql, "\"$`\\!") {
			t.Errorf("a shell would change %s", e.sql)
		}
	}
	// Who waits at the sign-in pages, under these names.
	server, err := (&demo{dir: t.TempDir(), seed: 7}).simulator()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	for _, tenant := range server.Tenants() {
		if tenant.Name == "fabrikam" && strings.Contains(demoScreens, tenant.Name) {
			return
		}
	}
	t.Error("the second company is not the one that the invitation names")
}
