package health

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	nightjar "github.com/nightjar-sec/nightjar"
)

const (
	contoso  = nightjar.TenantID("11111111-1111-4111-8111-111111111111")
	fabrikam = nightjar.TenantID("22222222-2222-4222-8222-222222222222")
)

func codes(r *Registry) string {
	var out []string
	for _, a := range r.Current() {
		out = append(out, string(a.Code)+"/"+a.Source)
	}
	return strings.Join(out, " ")
}

func TestConditionHidesWhatItExplains(t *testing.T) {
	t.Parallel()
	r := NewRegistry(RegistryConfig{})
	r.Set(nightjar.WarnSourceSilent, contoso, "Audit.Exchange", nil)
	r.Set(nightjar.WarnSourceSilent, contoso, "DLP.All", nil)
	r.Set(nightjar.WarnSourceSilent, fabrikam, "DLP.All", nil)
	r.Set(nightjar.WarnPermissionMissing, contoso, "DLP.All", map[string]string{"permission": "ActivityFeed.ReadDlp"})
	if got, want := codes(r), "permission_missing/DLP.All source_silent/Audit.Exchange source_silent/DLP.All"; got != want {
		t.Errorf("one feed's permission: got %s, want %s", got, want)
	}
	r.Set(nightjar.WarnCredentialExpired, contoso, "", nil)
	if got, want := codes(r), "credential_expired/ source_silent/DLP.All"; got != want {
		t.Errorf("the tenant's credential: got %s, want %s", got, want)
	}
	r.Clear(nightjar.WarnCredentialExpired, contoso, "")
	r.Forget(contoso)
	if got, want := codes(r), "source_silent/DLP.All"; got != want {
		t.Errorf("after the tenant went: got %s, want %s", got, want)
	}
}

func TestConditionOfAWholeTenantIsShownOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRegistry(RegistryConfig{})
		for _, f := range nightjar.Feeds() {
			r.Set(nightjar.WarnAuditOff, contoso, string(f), nil)
			r.Set(nightjar.WarnSourceSilent, contoso, string(f), nil)
			time.Sleep(time.Second)
		}
		r.Set(nightjar.WarnAuditOff, fabrikam, "DLP.All", nil)
		if got := codes(r); got != "audit_off/ audit_off/" {
			t.Errorf("got %s", got)
		}
		if age := time.Since(r.Current()[0].Since); age != 5*time.Second {
			t.Errorf("it holds since %v ago", age)
		}
	})
}

func TestShortConditionIsNotShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRegistry(RegistryConfig{})
		r.Set(nightjar.WarnTenantUnreachable, contoso, "", map[string]string{"host": "login.microsoftonline.com"})
		r.Set(nightjar.WarnSourceSilent, contoso, "Audit.General", nil)
		if got := codes(r); got != "source_silent/Audit.General" {
			t.Errorf("at once: %s", got)
		}
		time.Sleep(5 * time.Minute)
		r.Set(nightjar.WarnTenantUnreachable, contoso, "", map[string]string{"host": "login.microsoftonline.com"})
		if got := codes(r); got != "tenant_unreachable/" {
			t.Errorf("after 5 minutes: %s", got)
		}
		a := r.Current()[0]
		if !strings.Contains(a.Text, "Requests to login.microsoftonline.com fail: unknown.") || a.Remedy == "" {
			t.Errorf("text %q, remedy %q", a.Text, a.Remedy)
		}
		r.Clear(nightjar.WarnTenantUnreachable, contoso, "")
		if got := codes(r); got != "source_silent/Audit.General" {
			t.Errorf("after it ended: %s", got)
		}
	})
}

func TestUnregisteredWarningIsReportedAsOurBug(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := NewRegistry(RegistryConfig{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	r.Set("no_such_code", contoso, "", nil)
	if len(r.Current()) != 0 || !strings.Contains(out.String(), "no_such_code") {
		t.Errorf("current %v, log %q", r.Current(), out.String())
	}
}

func TestEveryWarningIsWhole(t *testing.T) {
	t.Parallel()
	known := map[nightjar.WarningCode]bool{}
	for _, w := range Warnings() {
		if known[w.Code] {
			t.Errorf("%s is registered twice", w.Code)
		}
		known[w.Code] = true
		if w.Title == "" || w.Text == "" || w.Remedy == "" || w.Severity == "" {
			t.Errorf("%s lacks a title, text, remedy or severity", w.Code)
		}
	}
	for _, w := range Warnings() {
		for _, p := range w.DependsOn {
			if !known[p] {
				t.Errorf("%s depends on %s, which is not registered", w.Code, p)
			}
		}
	}
	source, err := os.ReadFile("../../warning.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`WarningCode += "([a-z_]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(declared) != len(known) {
		t.Errorf("%d codes are declared, %d registered", len(declared), len(known))
	}
	for _, m := range declared {
		if !known[nightjar.WarningCode(m[1])] {
			t.Errorf("%s is declared and not registered", m[1])
		}
		if !slices.Contains(nightjar.WarningCodes(), nightjar.WarningCode(m[1])) {
			t.Errorf("%s is declared and not among WarningCodes", m[1])
		}
	}
}

func TestMetricsCountVisibleWarnings(t *testing.T) {
	t.Parallel()
	r := NewRegistry(RegistryConfig{})
	reg := prometheus.NewRegistry()
	reg.MustRegister(r.Collector())
	r.Set(nightjar.WarnDataGap, contoso, "Audit.General", nil)
	r.Set(nightjar.WarnDataGap, fabrikam, "Audit.General", nil)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(families[0].GetMetric()); n != len(Warnings()) {
		t.Errorf("%d series for %d warnings", n, len(Warnings()))
	}
	problems, err := testutil.GatherAndLint(reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
	for _, m := range families[0].GetMetric() {
		want := 0.0
		if m.GetLabel()[0].GetValue() == string(nightjar.WarnDataGap) {
			want = 2
		}
		if got := m.GetGauge().GetValue(); got != want {
			t.Errorf("%v: got %v, want %v", m.GetLabel(), got, want)
		}
	}
}

func TestActiveWarningsAreJSON(t *testing.T) {
	t.Parallel()
	r := NewRegistry(RegistryConfig{Names: func(nightjar.TenantID) string { return "contoso" }})
	r.Set(nightjar.WarnAuditOff, contoso, "", nil)
	b, err := json.Marshal(r.Current())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"code":"audit_off"`, `"tenant_name":"contoso"`, `"severity":"critical"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
}
