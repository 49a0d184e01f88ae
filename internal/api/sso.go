package api

import (
	"errors"
	"net/url"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sso"
)

type providerBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (s *Server) listProviders(c *call) error {
	out := []providerBody{}
	if s.cfg.SSO != nil {
		for _, p := range s.cfg.SSO.Providers() {
			out = append(out, providerBody(p))
		}
	}
	return c.ok(listOf(out))
}

// beginSSO is a POST although it only leads elsewhere: so no page of another
// site can send somebody through a sign-in, and an invitation's token stays
// out of addresses.
func (s *Server) beginSSO(c *call) error {
	var q struct {
		Invite secretText `json:"invite"`
		To     string     `json:"to"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if err := s.needsNoSetup(c); err != nil {
		return err
	}
	w := sso.Want{Purpose: sso.PurposeLogin, Return: q.To}
	if !q.Invite.IsZero() {
		if _, err := s.cfg.Access.Invitation(c.ctx, q.Invite.Value); err != nil {
			return err
		}
		w.Purpose, w.Invite = sso.PurposeJoin, q.Invite.Value
	}
	return s.leadTo(c, c.r.PathValue("provider"), w)
}

func (s *Server) beginSSOStepUp(c *call) error {
	var q struct {
		Provider string `json:"provider"`
		To       string `json:"to"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if c.who.Session == "" {
		return forbiddenToTokens()
	}
	return s.leadTo(c, q.Provider, sso.Want{Purpose: sso.PurposeStepUp, Return: q.To, Session: c.who.Session})
}

func (s *Server) beginLink(c *call) error {
	var q struct {
		Provider string `json:"provider"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if c.who.Session == "" {
		return forbiddenToTokens()
	}
	return s.leadTo(c, q.Provider, sso.Want{Purpose: sso.PurposeLink, Return: accountPath, Session: c.who.Session})
}

// accountPath is where people see their ways to sign in.
const accountPath = "/settings/account"

func forbiddenToTokens() error {
	return problem(nightjar.CodeForbidden, "only a person who is signed in can do this", "sign in to the console")
}

// leadTo says where the browser goes, and gives it the cookie without which
// the answer is worth nothing.
func (s *Server) leadTo(c *call, provider string, w sso.Want) error {
	if s.cfg.SSO == nil {
		return problem(nightjar.CodeNotFound, "there is no such provider of identities", "they stand under sso in the configuration")
	}
	if w.Return == "" {
		w.Return = "/"
	}
	var err error
	if w.Redirect, err = s.ssoRedirect(c, provider); err != nil {
		return err
	}
	begun, err := s.cfg.SSO.Begin(c.ctx, provider, w)
	if err != nil {
		return err
	}
	s.setCookie(c.w, ssoCookie(begun.ID), begun.Browser, sso.Life)
	return c.ok(struct {
		URL string `json:"url"`
	}{begun.URL})
}

// ssoCookie is of one attempt, so that two can be open in one browser.
func ssoCookie(id string) string { return ssoName + "-" + id }

// ssoRedirect is this server's callback for a provider: at public_url, or at
// the address of this machine that the browser uses. A name that somebody else
// chose is never sent to a provider.
func (s *Server) ssoRedirect(c *call, provider string) (string, error) {
	if s.cfg.PublicURL == "" && !PlainHost(c.r.Host) {
		return "", problem(nightjar.CodeConflict, "the providers do not know this address of the console", "set public_url to the address that people type")
	}
	return c.base() + "/sso/" + url.PathEscape(provider) + "/callback", nil
}

// ssoCallback receives the browser that a provider sends back. It is a GET by
// nature: what it may change is bound to this browser by a cookie, and to one
// use. It always leads into the console, where a page has the words.
func (s *Server) ssoCallback(c *call) error {
	if s.cfg.SSO == nil {
		return problem(nightjar.CodeNotFound, "there is nothing at this address", "docs/api.md lists the operations")
	}
	provider, answer := c.r.PathValue("provider"), c.r.URL.Query()
	id, browser := sso.AttemptID(answer), secret.Value{}
	if validAttempt(id) {
		if browser = s.cookie(c.r, ssoCookie(id)); !browser.IsZero() {
			s.setCookie(c.w, ssoCookie(id), secret.Value{}, 0)
		}
	}
	r, err := s.cfg.SSO.Finish(c.ctx, provider, answer, browser)
	if err == nil {
		err = s.arrive(c, r)
	}
	if err != nil {
		b := told(err, c.id)
		s.log.WarnContext(c.ctx, "a sign-in at a provider leads nowhere", "request_id", c.id, "code", string(b.Code), "address", c.from.String(), "error", err)
		q := url.Values{"reason": {ssoReason(err)}, "purpose": {string(r.Purpose)}, "request_id": {c.id}}
		for _, p := range s.cfg.SSO.Providers() {
			if p.ID == provider {
				q.Set("provider", p.Name)
			}
		}
		return c.redirect("/sso/refused?" + q.Encode())
	}
	return c.redirect(r.Return)
}

// arrive does what a believed answer was for.
func (s *Server) arrive(c *call, r sso.Result) error {
	a := access.Assertion{
		Provider: r.Person.Provider, Issuer: r.Person.Issuer, Tenant: r.Person.Tenant, Subject: r.Person.Subject,
		Name: r.Person.Name, Account: r.Person.Account, Authenticated: r.Person.Authenticated,
	}
	switch r.Purpose {
	case sso.PurposeLogin, sso.PurposeJoin:
		if err := s.needsNoSetup(c); err != nil {
			return err
		}
		if s.cfg.Mapped != nil && r.Purpose == sso.PurposeLogin {
			a.Grants = s.cfg.Mapped(r.Person.Provider, r.Person.Roles)
		}
		come := s.cfg.Access.SignInBy
		if r.Purpose == sso.PurposeJoin {
			come = s.joinBy(r.Invite)
		}
		token, _, err := come(c.ctx, a, c.from)
		if err != nil {
			return err
		}
		s.setCookie(c.w, sessionName, token, sessionLife)
		return nil
	case sso.PurposeLink, sso.PurposeStepUp:
		who, err := s.cfg.Access.Session(c.ctx, s.sessionCookie(c.r))
		if err != nil {
			return hidden(err)
		}
		if who.Address = c.from; who.Session != r.Session {
			return unauthenticated() // another is signed in than the one who began
		}
		if r.Purpose == sso.PurposeLink {
			return s.cfg.Access.LinkIdentity(c.ctx, who, a)
		}
		return s.cfg.Access.StepUpBy(c.ctx, who, a)
	}
	return problem(nightjar.CodeInternal, "an attempt has no purpose", "")
}

// ssoReason is the word for the page that explains an error. It tells no more
// than the person has a right to know: what is behind it is in the log.
func ssoReason(err error) string {
	if e, ok := errors.AsType[*sso.RefusedError](err); ok {
		return string(e.Reason)
	}
	if e, ok := errors.AsType[*access.RefusedError](err); ok {
		return string(e.Refusal)
	}
	switch nightjar.CodeOf(err) {
	case nightjar.CodeUnauthenticated:
		return "over" // the invitation or the session
	case nightjar.CodeConflict:
		return "name"
	case codeSetupNeeded:
		return "setup"
	default:
		return "trouble"
	}
}
