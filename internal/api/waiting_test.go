package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/approval"
)

// TestWhatEndsWhileABodyIsHeldBackHolds begins requests, takes away what let
// them in, and sends their bodies then.
func TestWhatEndsWhileABodyIsHeldBackHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bea := b.person("bea", access.RoleAdmin, "")
	for _, c := range []struct {
		name, want string
		meanwhile  map[string]any
	}{
		{"demoted", "forbidden", map[string]any{"grants": []any{map[string]any{"role": "viewer"}}}},
		{"disabled", "unauthenticated", map[string]any{"disabled": true}},
	} {
		path := "/api/v1/people/" + bea.id()
		got := bea.heldBack(post, "/api/v1/people", `{"name":"eve","grants":[{"role":"viewer"}]}`, func() {
			if a := b.admin.send(http.MethodPatch, path, c.meanwhile); a.status != http.StatusOK {
				t.Errorf("%s: %d %s", c.name, a.status, a.body)
			}
		})
		if got != c.want {
			t.Errorf("%s meanwhile: %q, want %q", c.name, got, c.want)
		}
	}
	if list, err := b.access.Invitations(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("there are invitations: %v, %v", list, err)
	}
}

// heldBack sends a body when the server asks for it, and something has
// happened. It returns the code of the answer.
func (c *client) heldBack(method, path, body string, meanwhile func()) string {
	c.b.t.Helper()
	trace := &httptrace.ClientTrace{Got100Continue: meanwhile}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(c.b.t.Context(), trace), method, c.b.web.URL+path, strings.NewReader(body))
	if err != nil {
		c.b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue")
	req.Header.Set("Cookie", c.cookie)
	own := &http.Transport{ExpectContinueTimeout: time.Minute}
	defer own.CloseIdleConnections()
	resp, err := own.RoundTrip(req)
	if err != nil {
		c.b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var told errorAnswer
	if err := json.NewDecoder(resp.Body).Decode(&told); err != nil {
		c.b.t.Fatal(err)
	}
	return string(told.Error.Code)
}

// TestS23WhatEndsWhileACallWaitsForItsTurnHolds lets calls in, takes away what
// let them in, and then lets it be their turn.
func TestS23WhatEndsWhileACallWaitsForItsTurnHolds(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	a := p.asks(p.ada, remove, ofContoso, nil)
	letIn := func(operation, method, path, body string, values map[string]string) *call {
		routes := Routes()
		route := routes[slices.IndexFunc(routes, func(r Route) bool { return r.Operation == operation })]
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Host = "127.0.0.1"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Cookie", p.bea.cookie)
		for name, value := range values {
			r.SetPathValue(name, value)
		}
		c := p.api.newCall(httptest.NewRecorder(), r, route)
		if err := p.api.pass(c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	approves := letIn("approve", post, "/api/v1/approvals/"+a.ID+"/approve", `{"sha256":"`+a.SHA256+`"}`, map[string]string{"id": a.ID})
	removes := letIn("removeConnection", remove, "/api/v1/connections/"+string(fabrikam), "", map[string]string{"tenant": string(fabrikam)})
	root, err := p.access.Person(t.Context(), "bea")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.access.Disable(t.Context(), access.Operator("root"), root.ID); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*call{"approves": approves, "asks": removes} {
		if err := p.api.do(c); string(told(err, "").Code) != "unauthenticated" {
			t.Errorf("who is disabled %s: %v", name, err)
		}
	}
	if got := p.state(a); got != approval.StateWaiting {
		t.Errorf("the approval is %s", got)
	}
}
