package sim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// visit is one request of a browser to a sign-in page. The pages keep no state
// of their own: everything is in the address, in the form, and in the cookie
// that remembers who signed in last.
type visit struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	q      url.Values // of the address
	tenant string     // of the path: organizations, common or a GUID
	admin  bool       // this is the admin consent page
}

// begin checks what must hold before a browser may be sent anywhere: of an
// unknown application or address nothing is known that could be trusted.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, admin bool) (visit, bool) {
	v := visit{s: s, w: w, r: r, q: r.URL.Query(), tenant: strings.ToLower(r.PathValue("tenant")), admin: admin}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		v.fault(errBadAuthorize("invalid_request", "The request body could not be read.", 900144))
		return v, false
	}
	for _, t := range s.tenants {
		if v.tenant == strings.ToLower(t.Name)+".onmicrosoft.com" {
			v.tenant = t.ID
		}
	}
	app, redirect := v.q.Get("client_id"), v.q.Get("redirect_uri")
	switch {
	case !v.any() && !guidShape.MatchString(v.tenant):
		v.fault(errBadTenantName(v.tenant))
	case !v.any() && !slices.ContainsFunc(s.accounts, func(a account) bool { return a.Tenant == v.tenant || a.Home == v.tenant }):
		v.fault(errUnknownTenant(v.tenant))
	case !strings.EqualFold(app, s.operator.ClientID):
		v.fault(errUnknownApp(app, v.tenant))
	case !s.operatorApp.returnsTo(redirect):
		v.fault(errReplyAddress(redirect, s.operator.ClientID))
	default:
		return v, true
	}
	return v, false
}

// any says whether the person decides which tenant it is.
func (v visit) any() bool {
	return v.tenant == "organizations" || v.tenant == "common" && !v.admin
}

// serveAuthorize is where people sign in to the operator's application.
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, read 2026-11-22.
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	s.truth.request("authorize")
	v, ok := s.begin(w, r, false)
	if !ok {
		return
	}
	switch mode := v.q.Get("response_mode"); {
	case v.q.Get("response_type") != "code":
		v.back(errBadAuthorize("unsupported_response_type", "The response type '"+v.q.Get("response_type")+"' is not enabled for the application.", 700054))
		return
	case mode != "" && mode != "query":
		v.back(errBadAuthorize("invalid_request", "The response mode '"+mode+"' is not supported here.", 70007))
		return
	case v.q.Get("code_challenge") != "" && v.q.Get("code_challenge_method") != "S256":
		v.back(errBadAuthorize("invalid_request", "The code_challenge_method must be S256.", 501491))
		return
	}
	who, in, when, ok := v.signedIn()
	if !ok {
		return
	}
	t := s.tenants[in]
	approved := t != nil && t.approved(who.UPN)
	if !approved && t != nil && t.NoUserConsent && !who.admin() {
		v.needAdmin(who)
		return
	}
	if !approved && !v.answered() {
		v.ask(who, in, []string{"Sign you in and read your profile"})
		return
	}
	if !v.accepted() {
		v.back(errDeclined())
		return
	}
	if t != nil {
		t.approve(who.UPN)
	}
	code := s.codes.give(authCode{
		who: who, tenant: in, redirect: v.q.Get("redirect_uri"), nonce: v.q.Get("nonce"), challenge: v.q.Get("code_challenge"),
		openid: slices.Contains(strings.Fields(v.q.Get("scope")), "openid"), issued: s.signInClock.Now(), authenticated: when,
	})
	v.send(url.Values{"code": {code}, "session_state": {guidOf(s.seed, "session "+who.Key)}})
}

// signedIn returns who signed in and to which tenant, or shows the page where
// one chooses, or the one that refuses.
//
// Who signed in before is not asked again, unless the application wants that:
// by prompt, or by a max_age that the sign-in is beyond.
func (v visit) signedIn() (who account, in string, when time.Time, ok bool) {
	key := v.r.PostForm.Get("account")
	when = v.s.signInClock.Now().UTC()
	if key == "" && v.r.Method == http.MethodGet && v.q.Get("prompt") == "" {
		if k, at, ok := v.remembered(); ok && !v.tooOld(at) {
			key, when = k, at
		}
	}
	who, known := v.s.account(key)
	if !known {
		v.choose()
		return who, "", when, false
	}
	in = who.Home
	if !v.any() {
		in = v.tenant
	}
	switch {
	case who.Kind == accountBlocked:
		v.refuse(who, errBlockedByPolicy())
		return who, in, when, false
	case in != who.Home && in != who.Tenant:
		v.refuse(who, errNotInTenant(who.UPN, who.Home, in, v.s.operator.ClientID))
		return who, in, when, false
	}
	http.SetCookie(v.w, &http.Cookie{Name: signedInCookie, Value: url.QueryEscape(fmt.Sprint(when.Unix(), " ", who.Key)), Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return who, in, when, true
}

// remembered is who signed in last in this browser, and when.
func (v visit) remembered() (key string, at time.Time, ok bool) {
	c, err := v.r.Cookie(signedInCookie)
	if err != nil {
		return "", at, false
	}
	text, err := url.QueryUnescape(c.Value)
	if err != nil {
		return "", at, false
	}
	seconds, key, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(seconds, 10, 64)
	return key, time.Unix(n, 0).UTC(), err == nil
}

// tooOld says whether the application wants a sign-in that is newer.
func (v visit) tooOld(at time.Time) bool {
	most, err := strconv.ParseInt(v.q.Get("max_age"), 10, 64)
	return err == nil && v.s.signInClock.Now().Sub(at) > time.Duration(most)*time.Second
}

const signedInCookie = "SIMSIGNIN"

// answered says whether the consent page was answered, accepted how.
func (v visit) answered() bool { return v.r.PostForm.Get("answer") != "" }

func (v visit) accepted() bool { return !v.answered() || v.r.PostForm.Get("answer") == "accept" }

// send sends the browser back to the application.
func (v visit) send(answer url.Values) {
	u, err := url.Parse(v.q.Get("redirect_uri"))
	if err != nil {
		http.Error(v.w, err.Error(), http.StatusBadRequest)
		return
	}
	if state := v.q.Get("state"); state != "" {
		answer.Set("state", state)
	}
	if v.admin {
		answer.Set("admin_consent", "True")
	}
	q := u.Query()
	for k := range answer {
		q.Set(k, answer.Get(k))
	}
	u.RawQuery = q.Encode()
	// 303: the answer to a form is fetched, not posted again.
	http.Redirect(v.w, v.r, u.String(), http.StatusSeeOther)
}

// back sends the browser back with an error.
func (v visit) back(e *signInError) {
	v.s.truth.signInError(e.Code)
	v.send(url.Values{"error": {e.OAuth}, "error_description": {v.describe(e)}})
}
