package access

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// proof is a code that was checked as far as it can be outside of the
// transaction that spends it.
type proof struct {
	person     string
	credential string // of the authenticator
	step       int64  // 0 when the code is not one of the authenticator
	recovery   string // hash of the code as a recovery code; "" when it has not their form
}

// prove checks a code against the person's authenticator.
func (k *Keeper) prove(ctx context.Context, person, code string) (proof, error) {
	p := proof{person: person, recovery: recoveryHash(code)}
	typed := digits(code)
	if len(typed) != 6 {
		return p, nil
	}
	credential, found, err := one[credentialRow](ctx, k.db, sqlCredentials, person, credentialTOTP)
	if err != nil || !found {
		return p, err
	}
	seed, err := k.seed(ctx, credential.ID)
	if err != nil {
		return p, err
	}
	p.credential = credential.ID
	p.step, _ = totpMatch(seed, typed, k.clock.Now(), 0)
	return p, nil
}

// spend uses the code up. ok is false when it was wrong, or used before.
func (p proof) spend(ctx context.Context, tx bun.Tx, now int64) (factor string, ok bool, err error) {
	if p.step > 0 {
		c, found, err := one[credentialRow](ctx, tx, sqlCredentials, p.person, credentialTOTP)
		if err != nil || !found || c.ID != p.credential || p.step <= c.Counter {
			return "totp", false, err
		}
		return "totp", true, run(ctx, tx, sqlUseCredential, p.step, now, c.ID)
	}
	if p.recovery == "" {
		return "totp", false, nil
	}
	ok, err = spendRecovery(ctx, tx, p.person, p.recovery)
	return "recovery", ok, err
}

// digits drops the spaces that authenticators show and people type.
func digits(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.TrimSpace(code))
}
