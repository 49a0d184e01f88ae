package access

import (
	"context"
	"net/netip"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// BeginPasskeyLogin returns what a browser needs to sign in with any passkey
// that it has for the site: PublicKeyCredentialRequestOptions in JSON.
// LoginByPasskey takes the browser's answer within five minutes, together with
// a value that only this browser has: browser, or a new one when it is zero.
func (k *Keeper) BeginPasskeyLogin(ctx context.Context, site Site, browser secret.Value) ([]byte, secret.Value, error) {
	options, challenge, err := requestOptions(site, nil)
	if err != nil {
		return nil, secret.Value{}, err
	}
	if browser.IsZero() {
		if browser, _, err = k.newToken(); err != nil {
			return nil, secret.Value{}, err
		}
	}
	return options, browser, k.beginCeremony(ctx, ceremonyLogin, hashOf(browser.Reveal()), challenge)
}

// LoginByPasskey signs in with the browser's AuthenticationResponseJSON. The
// passkey says who it is, and is both factors: something one has, which the
// device opens only to its owner.
func (k *Keeper) LoginByPasskey(ctx context.Context, site Site, browser secret.Value, answer []byte, from netip.Addr) (token secret.Value, who Identity, err error) {
	defer func() { k.metrics.ended(err) }()
	parsed, row, err := k.readAnswer(ctx, answer)
	if err != nil {
		return secret.Value{}, Identity{}, err
	}
	person := personRow{}
	account := "passkey " + row.Credential
	if row.ID != "" {
		if person, err = k.person(ctx, k.db, row.Person); err != nil {
			return secret.Value{}, Identity{}, err
		}
	}
	// Counted for the passkey, not for its person: no passkey can be guessed,
	// and whoever guesses the password must not slow down its owner here.
	try, err := k.limits.begin(account, from)
	if err != nil {
		return secret.Value{}, Identity{}, err
	}
	s, err := k.checkLogin(ctx, site, browser, person, row, parsed)
	if err == nil {
		token, who, err = k.finishPasskeyLogin(ctx, person, s, from)
	}
	switch nightjar.CodeOf(err) {
	case "":
		try.succeeded()
	case nightjar.CodeUnauthenticated: // it counts
	default:
		try.withdrawn()
	}
	return token, who, err
}

// checkLogin uses the challenge up and checks the answer. A zero signature is
// of a passkey that is not known, or not right.
func (k *Keeper) checkLogin(ctx context.Context, site Site, browser secret.Value, person personRow, row passkeyRow, parsed *protocol.ParsedCredentialAssertionData) (signature, error) {
	if err := k.takeCeremony(ctx, ceremonyLogin, hashOf(browser.Reveal()), parsed.Response.CollectedClientData.Challenge); err != nil {
		return signature{}, err
	}
	if row.ID == "" {
		return signature{}, nil
	}
	// The device says whose key it is; it must say so: nobody typed a name.
	if string(parsed.Response.UserHandle) != person.ID {
		return signature{}, nil
	}
	s, err := checkAnswer(site, person, row, parsed)
	if nightjar.CodeOf(err) == nightjar.CodeUnauthenticated {
		k.log.DebugContext(ctx, "a passkey's answer is refused", "error", err)
		return signature{}, nil
	}
	return s, err
}

func (k *Keeper) finishPasskeyLogin(ctx context.Context, person personRow, s signature, from netip.Addr) (token secret.Value, who Identity, err error) {
	var refused error
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		token, who, refused = secret.Value{}, Identity{}, nil
		now, found, err := one[personRow](ctx, tx, sqlPerson, person.ID) // nobody has the id ""
		if err != nil {
			return err
		}
		ok, back := false, false
		if found && now.Disabled == 0 && s.passkey != "" {
			if ok, back, err = s.spend(ctx, tx, now.ID, k.now()); err != nil {
				return err
			}
		}
		if !ok {
			refused = unknownPasskey()
			e := failedLogin(now, from, string(WayPasskey))
			if back {
				refused, e.Detail["counter"] = copiedPasskey(), "went back"
			}
			return k.audit.Append(ctx, tx, e)
		}
		token, who, err = k.newSession(ctx, tx, now, Identity{Address: from})
		if err != nil {
			return err
		}
		return k.audit.Append(ctx, tx, nightjar.AuditEntry{
			Actor: who.Actor(), Address: from, Action: nightjar.ActionLogin, Target: now.Name, Detail: map[string]string{"factor": string(WayPasskey)},
		})
	})
	if err = orElse(err, refused); err != nil {
		return secret.Value{}, Identity{}, err
	}
	return token, who, nil
}

// unknownPasskey says the same of a passkey that is not known, that is not
// right, and whose person is disabled.
func unknownPasskey() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this passkey does not sign you in here",
		Hint: "choose another passkey, or sign in with your password; an administrator can make a link for new credentials: nightjar person reset",
	}
}
