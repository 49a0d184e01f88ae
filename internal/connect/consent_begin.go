package connect

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	// consentLife is how long a browser may take at Microsoft's pages.
	consentLife = time.Hour
	// openConsents is far more than people have at Microsoft's pages at a time.
	openConsents = 200
	// randomBytes is the entropy of everything that only the browser may know.
	randomBytes = 32
)

// ConsentRequest is what a person wants to connect.
type ConsentRequest struct {
	Cloud    string      // empty: commercial
	Services []ServiceID // none: the audit log
	By       Who
	// Tenant is the one to be connected, when that is known. One that is
	// connected already has its consent renewed. Empty: whichever the
	// administrator signs in to, as long as it is not connected.
	Tenant nightjar.TenantID
	// Redirect is this server's /consent/callback as the browser reaches it.
	// consent.redirect_url takes its place when that is set.
	Redirect string
}

// leg is what the browser is to bring back next.
type leg string

const (
	legNone    leg = ""
	legSignIn  leg = "sign_in"
	legConsent leg = "consent"
)

// BeginConsent makes an attempt, and says where the browser goes. The tenant
// is proved by a sign-in first: Microsoft warns that the tenant in the answer
// of the consent page proves nothing, for anybody can write it there.
func (c *Connector) BeginConsent(ctx context.Context, in ConsentRequest) (Attempt, error) {
	services, err := choose(in.Services)
	if err != nil {
		return Attempt{}, err
	}
	if in.Cloud == "" {
		in.Cloud = "commercial"
	}
	authorizer, err := c.authorizer(in.Cloud)
	if err != nil {
		return Attempt{}, err
	}
	redirect, err := c.redirect(in.Redirect)
	if err != nil {
		return Attempt{}, err
	}
	browser, err := c.random()
	if err != nil {
		return Attempt{}, err
	}
	now := clock.Real().Now().Truncate(time.Microsecond)
	a := Attempt{
		ID: uuid.NewString(), Status: AttemptConsent, Browser: browser, Cloud: in.Cloud, Services: serviceIDs(services), By: in.By.Actor.Name, Actor: in.By.Actor,
		Steps: newSteps(), Created: now, Updated: now, Expires: now.Add(consentLife),
	}
	if in.Tenant != "" {
		if a.Renew, err = c.renews(ctx, in); err != nil {
			return Attempt{}, err
		}
		a.Expect = in.Tenant
	}
	state, err := c.newState(a.ID)
	if err != nil {
		return Attempt{}, err
	}
	r := consentRow{ID: a.ID, Leg: legSignIn, State: digest(state), Browser: digest(browser.Reveal()), Redirect: redirect, Due: a.Expires.UnixMicro(), attempt: a}
	a.URL = authorizer.SignInURL(r.request(browser, state))
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var open int
		if err := tx.NewRaw(sqlConsentsOpen, AttemptConsent, now.UnixMicro()).Scan(ctx, &open); err != nil {
			return fmt.Errorf("count attempts: %w", err)
		}
		if open >= openConsents {
			return &nightjar.Error{Code: nightjar.CodeLimit, Message: "too many attempts to connect a tenant are open", Hint: "finish or cancel one, or wait an hour"}
		}
		if err := putConsent(ctx, tx, &r); err != nil {
			return err
		}
		return c.record(ctx, tx, in.By.entry(nightjar.ActionConnectionConsent, a.Expect, a.ID, map[string]string{"step": "begin"}))
	})
	if err != nil {
		return Attempt{}, err
	}
	return a, nil
}

// renews reports whether the tenant asked for is connected, and refuses one
// whose connection is not ours to change.
func (c *Connector) renews(ctx context.Context, in ConsentRequest) (bool, error) {
	conn, _, found, err := byID(ctx, c.db, in.Tenant)
	if err != nil || !found || !conn.Removed.IsZero() {
		return false, err
	}
	if conn.Declared {
		return false, declaredElsewhere(conn)
	}
	if conn.Cloud != in.Cloud {
		return false, &nightjar.Error{
			Code: nightjar.CodeConflict, Message: fmt.Sprintf("tenant %s is connected in the cloud %s", conn.Name, conn.Cloud), Hint: "renew its consent in that cloud",
		}
	}
	return true, nil
}

// random makes a value that cannot be guessed.
func (c *Connector) random() (secret.Value, error) {
	b := make([]byte, randomBytes)
	if _, err := io.ReadFull(c.entropy, b); err != nil {
		return secret.Value{}, fmt.Errorf("make a random value: %w", err)
	}
	return secret.New(base64.RawURLEncoding.EncodeToString(b)), nil
}

// newState makes a state that names its attempt, so that an answer finds it.
func (c *Connector) newState(id string) (string, error) {
	r, err := c.random()
	return id + "." + r.Reveal(), err
}

// digest is what is stored of a value that only the browser may know.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// derived makes a value of the one that only the browser has. So neither the
// nonce nor the verifier is stored, and both survive a restart.
func derived(browser secret.Value, what, id string) secret.Value {
	mac := hmac.New(sha256.New, []byte(browser.Reveal()))
	_, _ = mac.Write([]byte(what + "\x00" + id)) // a hash does not fail
	return secret.New(base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

func verifier(browser secret.Value, id string) secret.Value { return derived(browser, "verifier", id) }

// request is the way of an attempt's browser through Microsoft's sign-in.
func (r *consentRow) request(browser secret.Value, state string) m365.AuthorizeRequest {
	sum := sha256.Sum256([]byte(verifier(browser, r.ID).Reveal()))
	return m365.AuthorizeRequest{
		Tenant: r.attempt.Expect, Redirect: r.Redirect, State: state, Nonce: derived(browser, "nonce", r.ID).Reveal(),
		Challenge: base64.RawURLEncoding.EncodeToString(sum[:]),
	}
}
