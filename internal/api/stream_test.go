package api

import (
	"bufio"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAConsentIsFollowedToItsEnd opens the stream of an attempt and gives the
// attempt up meanwhile.
func TestAConsentIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var attempt struct{ ID, URL string }
	begun := b.admin.send(post, "/api/v1/consents", map[string]any{"cloud": "nowhere", "services": []string{"audit_log"}})
	begun.into(t, &attempt)
	if !strings.HasPrefix(attempt.URL, "https://127.0.0.1:1/") {
		t.Errorf("the browser goes to %s", attempt.URL)
	}
	if set := begun.header.Get("Set-Cookie"); !strings.HasPrefix(set, "nightjar-consent-"+attempt.ID+"=") || !strings.Contains(set, "HttpOnly; SameSite=Lax") {
		t.Errorf("the cookie is %s", set)
	}
	if a := b.admin.send(get, "/api/v1/consents/"+attempt.ID, nil); strings.Contains(string(a.body), `"url"`) {
		t.Errorf("others are told where the browser goes: %s", a.body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, get, b.web.URL+"/api/v1/consents/"+attempt.ID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", b.admin.cookie)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var seen []string
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, is := strings.CutPrefix(lines.Text(), "data: ")
		if !is {
			continue
		}
		_, status, _ := strings.Cut(data, `"status":"`)
		status, _, _ = strings.Cut(status, `"`)
		seen = append(seen, status)
		if len(seen) == 1 {
			if a := b.admin.send(remove, "/api/v1/consents/"+attempt.ID, nil); a.status != 204 {
				t.Fatalf("giving up: %s", a.body)
			}
		}
	}
	if err := lines.Err(); err != nil || strings.Join(seen, " ") != "consent cancelled" {
		t.Errorf("seen are %v, then %v", seen, err)
	}
}

// TestS23GivingUpAConsentDisconnectsNothingThatRuns has an attempt that
// connected contoso and that nobody saved.
func TestS23GivingUpAConsentDisconnectsNothingThatRuns(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	var attempt struct{ ID string }
	p.ada.send(post, "/api/v1/consents", map[string]any{"cloud": "nowhere", "services": []string{"audit_log"}}).into(t, &attempt)
	if _, err := p.db.NewRaw("UPDATE connect_consents SET made = 1, attempt = json_set(attempt, '$.tenant', ?, '$.connection', 'contoso', '$.status', 'connected') WHERE id = ?",
		contoso, attempt.ID).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.db.NewRaw("UPDATE connect_tenants SET credential = 'consent' WHERE id = ?", contoso).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := p.ada.send(remove, "/api/v1/consents/"+attempt.ID, nil); a.code() != "conflict" || !p.connected(contoso) {
		t.Errorf("one person disconnects a tenant: %d %s", a.status, a.body)
	}
}

// TestGivingUpAConsentDisconnectsWhatNobodySaved has an attempt that connected
// contoso, and looks whether the end of the connection is on record.
func TestGivingUpAConsentDisconnectsWhatNobodySaved(t *testing.T) {
	t.Parallel()
	for name, saved := range map[string]bool{"saved": true, "not saved": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			var attempt struct{ ID string }
			b.admin.send(post, "/api/v1/consents", map[string]any{"cloud": "nowhere", "services": []string{"audit_log"}}).into(t, &attempt)
			if _, err := b.db.NewRaw("UPDATE connect_consents SET made = 1, attempt = json_set(attempt, '$.tenant', ?, '$.connection', 'contoso', '$.saved', json(?)) WHERE id = ?",
				contoso, strconv.FormatBool(saved), attempt.ID).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := b.db.NewRaw("UPDATE connect_tenants SET credential = 'consent' WHERE id = ?", contoso).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
			if a := b.admin.send(remove, "/api/v1/consents/"+attempt.ID, nil); a.status != http.StatusNoContent {
				t.Fatalf("giving up: %s", a.body)
			}
			var log struct {
				Items []struct{ Action, Target string }
			}
			b.admin.send(get, "/api/v1/audit?limit=2", nil).into(t, &log)
			there := b.admin.send(get, "/api/v1/connections/"+string(contoso), nil).status == http.StatusOK
			recorded := len(log.Items) == 2 && log.Items[0].Action == "connection.consent" && log.Items[1].Action == "connection.remove" && log.Items[1].Target == "contoso"
			if there != saved || recorded == saved {
				t.Errorf("connected: %v, on record: %+v", there, log.Items)
			}
		})
	}
}

// TestAnAnswerOfMicrosoftsNeedsItsBrowserAndItsState refuses callbacks that
// were forged, and changes nothing by them.
func TestAnAnswerOfMicrosoftsNeedsItsBrowserAndItsState(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var attempt struct{ ID, URL string }
	begun := b.admin.send(post, "/api/v1/consents", map[string]any{"cloud": "nowhere", "services": []string{"audit_log"}})
	begun.into(t, &attempt)
	_, state, _ := strings.Cut(attempt.URL, "state=")
	state, _, _ = strings.Cut(state, "&")
	own, _, _ := strings.Cut(begun.header.Get("Set-Cookie"), ";")
	for name, c := range map[string]struct{ cookie, query string }{
		"no state":               {own, "code=x"},
		"a made-up state":        {own, "code=x&state=" + attempt.ID + ".made-up"},
		"another browser":        {"", "code=x&state=" + state},
		"a cookie of another":    {"nightjar-consent-" + attempt.ID + "=made-up", "code=x&state=" + state},
		"a name that is no name": {own, "code=x&state=../../etc.x"},
	} {
		a := (&client{b: b, cookie: c.cookie}).send(get, "/consent/callback?"+c.query, nil)
		if to := a.header.Get("Location"); a.status != 303 || !strings.HasPrefix(to, "/consent/refused?code=forbidden") {
			t.Errorf("%s: %d to %s", name, a.status, to)
		}
	}
	if a := b.admin.send(get, "/api/v1/consents/"+attempt.ID, nil); !strings.Contains(string(a.body), `"status":"consent"`) {
		t.Errorf("after forged answers the attempt is %s", a.body)
	}
}
