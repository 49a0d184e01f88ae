package connect

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestScriptsAskForExactlyThePermissions(t *testing.T) {
	t.Parallel()
	for _, kind := range []ScriptKind{ScriptAzureCLI, ScriptPowerShell, ScriptTerraform} {
		s, err := Scripts(kind, []ServiceID{ServiceAuditLog}, "commercial")
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", "scripts", s.File)
		if *update {
			if err := os.WriteFile(golden, []byte(s.Text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if s.Text != string(want) {
			t.Errorf("%s differs from %s; when that is meant, run go test ./internal/connect -run Script -update\n%s", kind, golden, s.Text)
		}
	}
}

func TestScriptsFollowTheCloud(t *testing.T) {
	t.Parallel()
	for cloud, wants := range map[string][3]string{
		"":        {"https://graph.microsoft.com", "-Environment Global", `"global"`},
		"gcc":     {"--name AzureCloud", "-Environment Global", `"global"`},
		"gcchigh": {"https://graph.microsoft.us", "-Environment USGov ", `"usgovernmentl4"`},
		"dod":     {"https://dod-graph.microsoft.us", "-Environment USGovDoD ", `"usgovernmentl5"`},
	} {
		for i, kind := range []ScriptKind{ScriptAzureCLI, ScriptPowerShell, ScriptTerraform} {
			s, err := Scripts(kind, nil, cloud)
			if err != nil || !strings.Contains(s.Text, wants[i]) {
				t.Errorf("%s for %q has no %s: %v", kind, cloud, wants[i], err)
			}
		}
	}
	_, err := Scripts("ansible", nil, "")
	wantCode(t, err, nightjar.CodeInvalid)
	_, err = Scripts(ScriptAzureCLI, []ServiceID{ServiceMailResponse}, "")
	wantCode(t, err, nightjar.CodeInvalid)
}

func TestTheShellScriptParses(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no bash on this machine:", err)
		}
		t.Skip("no bash on this machine:", err)
	}
	s, err := Scripts(ScriptAzureCLI, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bash, "-n")
	cmd.Stdin = strings.NewReader(s.Text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
