package access

import (
	"context"
	"encoding/base64"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// signature is a browser's answer that was made with a passkey of ours. It is
// checked but for the counter, which the transaction that spends it checks.
type signature struct {
	passkey string // "" when it is none of ours
	counter int64
}

// readAnswer reads an AuthenticationResponseJSON and finds the passkey that it
// names; a zero row when nobody has it.
func (k *Keeper) readAnswer(ctx context.Context, answer []byte) (*protocol.ParsedCredentialAssertionData, passkeyRow, error) {
	parsed, err := parseAssertion(answer)
	if err != nil {
		return nil, passkeyRow{}, err
	}
	row, _, err := one[passkeyRow](ctx, k.db, sqlPasskey, base64.RawURLEncoding.EncodeToString(parsed.RawID))
	return parsed, row, err
}

func parseAssertion(answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > maxAnswer {
		return nil, unreadable(nil)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, unreadable(err)
	}
	return parsed, nil
}

// checkAnswer checks the signature of an answer, its site, and that the device
// verified its user.
func checkAnswer(site Site, person personRow, row passkeyRow, parsed *protocol.ParsedCredentialAssertionData) (signature, error) {
	h, err := holderOf(person.ID, person.Name, site, []passkeyRow{row})
	if err != nil {
		return signature{}, err
	}
	if err := asserted(site, h, parsed); err != nil {
		return signature{}, err
	}
	return signature{passkey: row.ID, counter: int64(parsed.Response.AuthenticatorData.Counter)}, nil
}

// spend notes the use of the passkey. ok is false when it was removed
// meanwhile, and with it back when the counter did not go up: then there are
// two devices with one key, and one of them is a copy
// (https://www.w3.org/TR/webauthn-3/#sctn-sign-counter, read 2026-11-22).
func (s signature) spend(ctx context.Context, tx bun.Tx, person string, now int64) (ok, back bool, err error) {
	rows, err := many[passkeyRow](ctx, tx, sqlPasskeys, person)
	if err != nil {
		return false, false, err
	}
	for _, r := range rows {
		if r.ID != s.passkey {
			continue
		}
		if (s.counter != 0 || r.Counter != 0) && s.counter <= r.Counter {
			return false, true, nil
		}
		return true, false, run(ctx, tx, sqlUsePasskey, s.counter, now, r.ID)
	}
	return false, false, nil
}

func copiedPasskey() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this passkey may have been copied: its counter went back",
		Hint: "sign in another way, remove this passkey, and ask an administrator to look at the audit log",
	}
}
