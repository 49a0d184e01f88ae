package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/access"
)

func TestTheAuditLogNamesTheExceptionThatWasMade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/api/v1/rules/" + guessing + "/exceptions"
	var made struct{ ID string }
	want(t, b.admin, 201, http.MethodPost, path, map[string]any{"where": map[string]any{"UserId": "svc@contoso.com"}, "reason": "r", "tenants": []any{contoso, fabrikam}}).into(t, &made)
	want(t, b.admin, 204, http.MethodDelete, path+"/"+made.ID, nil)
	var log struct {
		Items []struct {
			Action, Target string
			Detail         map[string]string
		}
	}
	want(t, b.admin, 200, http.MethodGet, "/api/v1/audit?limit=2", nil).into(t, &log)
	for i, action := range []string{"rule.except_end", "rule.except"} {
		e := log.Items[i]
		if e.Action != action || e.Target != guessing || e.Detail["exception"] != made.ID || e.Detail["reason"] != "r" || e.Detail["tenants"] != string(contoso)+" "+string(fabrikam) {
			t.Errorf("on record is %+v", e)
		}
	}
}

func TestAnExceptionThatBlindsARuleIsAnsweredWithAWarning(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/api/v1/rules/" + guessing + "/exceptions"
	for value, wide := range map[string]bool{"*": true, "svc@contoso.com": false} {
		var made exceptionBody
		a := want(t, b.admin, 201, http.MethodPost, path, map[string]any{"where": map[string]any{"UserId": value}, "reason": "r"})
		readContract(t).holds(t, a)
		if a.into(t, &made); strings.Contains(made.Warning, "every event that has UserId") != wide {
			t.Errorf("%s: %q", value, made.Warning)
		}
	}
	// Who does not see where it holds learns nothing of it by the warning.
	var seen struct{ Items []exceptionBody }
	want(t, b.person("one", access.RoleAnalyst, contoso), 200, http.MethodGet, path, nil).into(t, &seen)
	if len(seen.Items) != 2 || seen.Items[0].Warning+seen.Items[1].Warning != "" {
		t.Errorf("an analyst of one tenant sees %+v", seen.Items)
	}
}
