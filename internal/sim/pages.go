package sim

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are the sign-in pages. They work without a script, and every control
// has a role and a name, for browsers under test find them by those.
var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// pageData is what a page shows.
type pageData struct {
	Title    string
	App      string
	Admin    bool
	Who      account
	In       string // the tenant's name
	Accounts []account
	Asks     []string
	Code     int
	Text     string
}

func (v visit) show(name string, status int, d pageData) {
	d.App, d.Admin = v.s.operator.Name, v.admin
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	v.w.WriteHeader(status)
	_ = pages.ExecuteTemplate(v.w, name, d) // the browser may have gone; there is nobody left to tell
}

// choose shows who can sign in.
func (v visit) choose() {
	// Those of other tenants too: people have several accounts, and choose the wrong one.
	d := pageData{Title: "Pick an account", Accounts: v.s.accounts}
	v.show("choose.html", http.StatusOK, d)
}

// ask shows the consent page.
func (v visit) ask(who account, in string, asks []string) {
	d := pageData{Title: "Permissions requested", Who: who, In: v.s.directoryName(in), Asks: asks}
	v.show("consent.html", http.StatusOK, d)
}

// needAdmin tells a person who may not grant what is asked for.
func (v visit) needAdmin(who account) {
	e := errNeedsAdmin(v.s.operator.ClientID)
	if v.r.PostForm.Get("answer") == "return" {
		v.back(e)
		return
	}
	v.show("refused.html", http.StatusOK, pageData{Title: "Need admin approval", Who: who, Code: e.Code, Text: v.describe(e)})
}

// refuse tells a person who may not sign in at all.
func (v visit) refuse(who account, e *signInError) {
	if v.r.PostForm.Get("answer") == "return" {
		v.back(e)
		return
	}
	v.show("refused.html", http.StatusOK, pageData{Title: "You cannot access this right now", Who: who, Code: e.Code, Text: v.describe(e)})
}

// fault shows an error that belongs to no application: the browser is sent nowhere.
func (v visit) fault(e *signInError) {
	v.s.truth.signInError(e.Code)
	v.show("error.html", e.Status, pageData{Title: "Sorry, but we’re having trouble signing you in.", Code: e.Code, Text: v.describe(e)})
}

// describe writes an error as Microsoft does, with the lines that its support asks for.
func (v visit) describe(e *signInError) string {
	n := strconv.FormatInt(v.s.serial.Add(1), 10)
	return fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s", e.Code, e.Text,
		guidOf(v.s.seed, "trace "+n), guidOf(v.s.seed, "correlation "+n), v.s.signInClock.Now().UTC().Format("2006-01-02 15:04:05Z"))
}

// directoryName is how people know a tenant.
func (s *Server) directoryName(id string) string {
	if t := s.tenants[id]; t != nil {
		return t.Name
	}
	return "Partner"
}
