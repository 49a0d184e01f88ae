package connect

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	remedyAgain     = "Begin again."
	remedyOtherUser = "Begin again and sign in with another account: one that is Privileged Role Administrator or Global Administrator of the tenant."
	remedyAccept    = "Begin again and press Accept on Microsoft's page. The page lists every permission, and docs/connect.md what each is for."
)

// FinishConsent takes what Microsoft's pages sent the browser back with.
// browser is the value of the attempt's cookie, and from where it comes from.
//
// An answer that is not this browser's, was given before, or belongs to no
// attempt is an error and changes nothing, so that nobody can end another's
// attempt. Everything else moves the attempt: to its next page (URL is set),
// to waiting, or to its failure, of which it holds the cause.
func (c *Connector) FinishConsent(ctx context.Context, answer url.Values, browser secret.Value, from netip.Addr) (Attempt, error) {
	r, err := c.acceptAnswer(ctx, answer, browser)
	if err != nil {
		return Attempt{}, err
	}
	at := r.Leg
	next := ""
	switch at {
	case legSignIn:
		next, err = c.signedIn(ctx, &r, answer, browser)
	case legConsent:
		c.consented(&r, answer)
	case legNone:
		err = errForeignAnswer()
	}
	if err != nil {
		return Attempt{}, err
	}
	r.attempt.Updated = clock.Real().Now().Truncate(time.Microsecond)
	if err := c.saveConsent(ctx, &r, r.attempt.answered(at, from)); err != nil {
		return Attempt{}, err
	}
	if r.attempt.Status == AttemptChecking {
		c.wake()
	}
	if r.attempt.Status == AttemptFailed {
		c.log.WarnContext(ctx, "consent refused", "attempt", r.ID, "tenant", string(r.attempt.Tenant), "source", string(at), "cause", string(r.attempt.Cause))
	}
	out := r.attempt
	out.URL = next
	return out, nil
}

func errForeignAnswer() error {
	return &nightjar.Error{
		Code: nightjar.CodeForbidden, Message: "this answer of Microsoft's belongs to no attempt that is open, or was used already",
		Hint: "begin again under Connections; a link can be used once",
	}
}

// acceptAnswer finds the attempt of an answer, and uses up its state.
func (c *Connector) acceptAnswer(ctx context.Context, answer url.Values, browser secret.Value) (consentRow, error) {
	r, err := c.consentRow(ctx, ConsentAttemptID(answer))
	if nightjar.CodeOf(err) == nightjar.CodeNotFound {
		return r, errForeignAnswer()
	}
	if err != nil {
		return r, err
	}
	state := digest(answer.Get("state"))
	switch {
	case r.State == "" || subtle.ConstantTimeCompare([]byte(r.State), []byte(state)) != 1 || r.attempt.Status != AttemptConsent:
		return r, errForeignAnswer()
	case subtle.ConstantTimeCompare([]byte(r.Browser), []byte(digest(browser.Reveal()))) != 1:
		return r, &nightjar.Error{
			Code: nightjar.CodeForbidden, Message: "this browser did not begin the attempt",
			Hint: "open Microsoft's page in the browser in which you began, with cookies allowed, or begin again here",
		}
	case !clock.Real().Now().Before(r.attempt.Expires):
		return r, &nightjar.Error{Code: nightjar.CodeConflict, Message: "the attempt is older than an hour", Hint: "begin again under Connections"}
	}
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewRaw(sqlConsentUse, r.ID, state).Exec(ctx)
		if err != nil {
			return fmt.Errorf("use the state: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errForeignAnswer()
		}
		return nil
	})
	r.State = ""
	return r, err
}

// signedIn learns from Microsoft's signed token who signed in, and returns the
// consent page of that very tenant.
func (c *Connector) signedIn(ctx context.Context, r *consentRow, answer url.Values, browser secret.Value) (next string, err error) {
	a := &r.attempt
	if refusal := m365.Refusal(answer); refusal != nil {
		a.refused(refusal)
		return "", nil
	}
	authorizer, err := c.authorizer(a.Cloud)
	if err != nil {
		a.fail(CauseSettings, sentence(message(err)), sentence(nightjar.HintOf(err)))
		return "", nil
	}
	request := r.request(browser, "")
	bound, cancel := clock.Real().WithTimeout(ctx, checkStepTimeout) // a person waits
	defer cancel()
	person, err := authorizer.Redeem(bound, secret.New(answer.Get("code")), verifier(browser, r.ID), request)
	if err != nil {
		a.notRedeemed(err)
		return "", nil
	}
	a.Tenant, a.Account = person.Tenant, person.Account
	if a.Expect != "" && a.Expect != a.Tenant {
		// The address of the sign-in names the tenant, and can be changed.
		a.fail(CauseWrongTenant, fmt.Sprintf("The account belongs to the tenant %s, and %s was to be connected.", a.Tenant, a.Expect),
			"Begin again and sign in with an administrator's account of that tenant.")
		return "", nil
	}
	if !a.Renew {
		if taken, err := c.taken(ctx, a); taken || err != nil {
			return "", err
		}
	}
	state, err := c.newState(r.ID)
	if err != nil {
		return "", err
	}
	r.Leg, r.State = legConsent, digest(state)
	return authorizer.ConsentURL(a.Tenant, r.Redirect, state), nil
}

// taken fails an attempt for a tenant that is connected already.
func (c *Connector) taken(ctx context.Context, a *Attempt) (bool, error) {
	conn, _, found, err := byID(ctx, c.db, a.Tenant)
	if err != nil || !found || !conn.Removed.IsZero() {
		return false, err
	}
	remedy := "To grant consent anew, open that connection and choose to renew its consent."
	if conn.Declared {
		remedy = "It is declared in the configuration: change it there."
	}
	a.fail(CauseAlreadyConnected, fmt.Sprintf("The tenant %s is connected already as %s.", a.Tenant, conn.Name), remedy)
	return true, nil
}

// consented takes the answer of the consent page. That the consent is real is
// not believed here: the token that follows must be of this tenant and hold
// the permissions.
func (c *Connector) consented(r *consentRow, answer url.Values) {
	a := &r.attempt
	if refusal := m365.Refusal(answer); refusal != nil {
		a.refused(refusal)
		return
	}
	tenant, err := nightjar.ParseTenantID(answer.Get("tenant"))
	switch {
	case !strings.EqualFold(answer.Get("admin_consent"), "true"), err != nil:
		a.fail(CauseForgedAnswer, "The browser came back without Microsoft's consent.", remedyAgain)
		return
	case tenant != a.Tenant:
		a.fail(CauseWrongTenant, fmt.Sprintf("Consent came back for the tenant %s, and %s signed in to %s.", tenant, a.Account, a.Tenant),
			"Begin again and grant consent with the account that you sign in with.")
		return
	}
	now := clock.Real().Now().Truncate(time.Microsecond)
	a.Status, a.Consented, a.Deadline = AttemptChecking, now, now.Add(consistencyLimit)
	a.mark(AttemptConsentReceived, AttemptStep{Status: AttemptStepOK, Detail: "Granted by " + a.Account + "."}, now)
	r.Leg, r.Due = legNone, now.UnixMicro()
}

// refused records why Microsoft's pages sent the person back without success.
func (a *Attempt) refused(e *m365.AuthError) {
	number := ""
	if e.AADSTS != 0 {
		number = fmt.Sprintf(" (AADSTS%d)", e.AADSTS)
	}
	switch e.Kind {
	case m365.AuthDeclined:
		a.fail(CauseConsentDeclined, "Consent was declined on Microsoft's page"+number+".", remedyAccept)
	case m365.AuthNotAdmin, m365.AuthConsent:
		a.fail(CauseNotAdmin, "This account may not grant the permissions: it is no administrator of the tenant"+number+".", remedyOtherUser)
	case m365.AuthForeignAccount:
		a.fail(CauseWrongTenant, "This account does not belong to the tenant "+string(a.Expect)+number+".",
			"Begin again and sign in with an administrator's account of that tenant.")
	case m365.AuthPolicy:
		a.fail(CausePolicy, "A conditional access policy of the tenant refused the sign-in"+number+".",
			"Sign in from a device and network that the policy allows, or have the policy changed; then begin again.")
	case m365.AuthServer, m365.AuthThrottled:
		a.fail(CauseService, "Microsoft's sign-in service has a problem"+number+".", "Wait a few minutes and begin again.")
	default:
		a.fail(CauseUnexpected, sentence("Microsoft answered: "+e.Error()), "Search the AADSTS number at https://login.microsoftonline.com/error, then begin again.")
	}
}

// notRedeemed records why a sign-in proved nothing.
func (a *Attempt) notRedeemed(err error) {
	cause := CauseUnexpected
	remedy := sentence(nightjar.HintOf(err))
	if _, ok := errors.AsType[*m365.TokenError](err); ok {
		cause = CauseForgedAnswer
	} else if _, ok := errors.AsType[*m365.NetworkError](err); ok {
		cause = CauseBlockedNetwork
	} else if auth, ok := errors.AsType[*m365.AuthError](err); ok {
		cause = causeOf(auth.Kind)
		switch cause { //nolint:exhaustive // the others keep the hint of the error
		case CauseWrongSecret, CauseSecretID, CauseExpiredCredential, CauseWrongCertificate:
			// Whoever signs in cannot mend it: it is Nightjar's own application.
			remedy = "It is the credential of the application under consent in Nightjar's configuration. " + remedy
		}
	}
	a.fail(cause, sentence(message(err)), remedy)
}

// message is what an error says to people, without the causes within.
func message(err error) string {
	if e, ok := errors.AsType[*nightjar.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
