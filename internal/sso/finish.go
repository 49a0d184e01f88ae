package sso

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Person is who signed in, as the provider signed it. Issuer, Tenant and
// Subject identify; Name and Account are for the eye, can change, and can be
// chosen by the person: nothing is ever found by them.
type Person struct {
	Provider string
	Issuer   string
	Tenant   nightjar.TenantID // tid, of Entra; else ""
	Subject  string            // oid of Entra, sub of all others
	Name     string
	Account  string
	// Authenticated is when the person proved to the provider who they are;
	// zero when it does not say.
	Authenticated time.Time
	Roles         []string // values of the configured claim
}

// Result is an answer that was believed.
type Result struct {
	Want
	Began  time.Time
	Person Person
}

// Finish takes what a provider sent the browser back with. browser is the
// value of the attempt's cookie. Whatever the outcome, the answer counts once;
// once it is known for what the attempt was, the result says it also beside an
// error. The tokens that prove the person are forgotten before it returns.
func (s *Service) Finish(ctx context.Context, id string, answer url.Values, browser secret.Value) (Result, error) {
	at, err := s.attempts.open(id, answer, browser)
	r := Result{
		Want:  Want{Purpose: at.Purpose, Redirect: at.Redirect, Return: at.Return, Session: at.Session},
		Began: at.Began,
	}
	if at.Invite != "" {
		r.Invite = secret.New(at.Invite)
	}
	if err == nil {
		r.Person, err = s.redeem(ctx, at, answer)
	}
	if why, ok := errors.AsType[*RefusedError](err); ok {
		s.log.WarnContext(ctx, "a sign-in at a provider is refused", "provider", clean(id), "reason", string(why.Reason), "detail", why.Detail)
	}
	return r, err
}

func (s *Service) redeem(ctx context.Context, at attempt, answer url.Values) (Person, error) {
	p, err := s.provider(at.Provider)
	if err != nil {
		return Person{}, err
	}
	m, err := p.known(ctx)
	if err != nil {
		return Person{}, err
	}
	if err := p.checkIssuer(m, answer); err != nil {
		return Person{}, err
	}
	if answer.Get("error") != "" {
		return Person{}, p.declined(answer)
	}
	if answer.Get("code") == "" {
		return Person{}, notBelieved("the answer holds no code")
	}
	token, err := p.exchange(ctx, m, at, answer.Get("code"))
	if err != nil {
		return Person{}, err
	}
	return p.verify(ctx, m, at, token)
}

// checkIssuer holds the answer's own word on who sent it against the provider
// to which the person was sent (RFC 9207). Of Entra for all tenants it may be
// that of any; which one, the token says.
func (p *provider) checkIssuer(m *metadata, answer url.Values) error {
	says, sent := answer.Get("iss"), answer.Has("iss")
	switch {
	case !sent && !m.sendsIssuer:
		return nil
	case !sent:
		return notBelieved("the provider names itself in each answer (RFC 9207), and this one does not")
	case says == p.cfg.expects():
		return nil
	case p.cfg.anyTenant():
		before, after, _ := strings.Cut(p.cfg.expects(), anyIssuer)
		if strings.HasPrefix(says, before) && strings.HasSuffix(says, after) {
			return nil
		}
	}
	return notBelieved("the answer names another issuer (RFC 9207): " + clean(says))
}

// declined is an answer without a code. Its words came through the browser:
// they go to the log, cut short, and decide nothing but what the person reads.
func (p *provider) declined(answer url.Values) error {
	word := clean(answer.Get("error"))
	switch word {
	case "temporarily_unavailable", "server_error":
		return unavailable(p.cfg.Name, word+": "+clean(answer.Get("error_description")))
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope":
		return settings(p.cfg.Name, word+": "+clean(answer.Get("error_description")))
	}
	return refused(nightjar.CodeForbidden, ReasonDeclined, word+": "+clean(answer.Get("error_description")),
		p.cfg.Name+" did not sign you in", "begin again; choose another account if you have several")
}

// exchange redeems the code for the token that says who signed in.
func (p *provider) exchange(ctx context.Context, m *metadata, at attempt, code string) (string, error) {
	key, err := p.secret()
	if err != nil {
		return "", err
	}
	config := p.oauth(m, at.Redirect, key)
	ctx, cancel := p.clock.WithTimeout(oidc.ClientContext(ctx, p.http), askTimeout)
	defer cancel()
	tokens, err := config.Exchange(ctx, code, oauth2.VerifierOption(at.Verifier))
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		detail := "redeem the code: " + clean(e.ErrorCode) + " " + clean(e.ErrorDescription)
		switch {
		case e.ErrorCode == "invalid_grant":
			return "", notBelieved(detail)
		case e.Response != nil && e.Response.StatusCode >= http.StatusInternalServerError:
			return "", unavailable(p.cfg.Name, detail)
		}
		return "", settings(p.cfg.Name, detail)
	}
	if err != nil {
		return "", unavailable(p.cfg.Name, "redeem the code: "+clean(err.Error()))
	}
	token, _ := tokens.Extra("id_token").(string)
	if token == "" {
		return "", notBelieved("the answer to the code holds no id_token")
	}
	return token, nil
}
