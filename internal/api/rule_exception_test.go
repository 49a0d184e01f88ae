package api

import (
	"net/http"
	"testing"
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
