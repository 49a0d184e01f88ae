package sso

import (
	"context"

	"golang.org/x/oauth2"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Purpose is what a person goes to the provider for.
type Purpose string

// The purposes.
const (
	PurposeLogin  Purpose = "login"   // to sign in
	PurposeJoin   Purpose = "join"    // to take up an invitation
	PurposeLink   Purpose = "link"    // to add a way to sign in
	PurposeStepUp Purpose = "step_up" // to prove again who they are
)

// Want is what an attempt is for.
type Want struct {
	Purpose Purpose
	// Redirect is where the provider sends people back to: this server's
	// callback for this very provider, as browsers reach it.
	Redirect string
	// Return is where in the console they go on; a path of it.
	Return  string
	Invite  secret.Value // of PurposeJoin
	Session string       // of PurposeLink and PurposeStepUp: the public id of the session that asks
}

// Begun is an attempt on its way.
type Begun struct {
	ID  string
	URL string // where the browser goes
	// Browser is for a cookie of that browser. Without it the answer is worth
	// nothing.
	Browser secret.Value
}

// Begin makes an attempt, and says where the browser goes. It is remembered by
// the browser alone.
func (s *Service) Begin(ctx context.Context, id string, w Want) (Begun, error) {
	p, err := s.provider(id)
	if err != nil {
		return Begun{}, err
	}
	if !Local(w.Return) {
		return Begun{}, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the address to return to is not one of the console", Hint: "give a path, e.g. /search"}
	}
	m, err := p.known(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "a provider of identities cannot be used", "provider", id, "error", err)
		return Begun{}, err
	}
	at, err := s.attempts.begin(id, w)
	if err != nil {
		return Begun{}, err
	}
	sealed, err := s.attempts.seal(at)
	if err != nil {
		return Begun{}, err
	}
	config := p.oauth(m, w.Redirect, secret.Value{})
	options := []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("nonce", at.Nonce),
		oauth2.SetAuthURLParam("code_challenge", at.challenge()), oauth2.SetAuthURLParam("code_challenge_method", "S256"),
	}
	switch {
	case w.Purpose == PurposeStepUp:
		// prompt is understood more widely; max_age obliges the provider to
		// say when it was.
		// Source: openid.net/specs/openid-connect-core-1_0.html section 3.1.2.1, read 2026-11-22.
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	case p.cfg.Entra && w.Purpose != PurposeLogin:
		// Whoever is signed in already may be another account than the one
		// that is meant, and linking it cannot be taken back unseen.
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account"))
	}
	return Begun{ID: at.ID, URL: config.AuthCodeURL(at.State, options...), Browser: sealed}, nil
}
