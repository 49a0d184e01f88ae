package access

import (
	"context"
	"net/netip"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// maxChallengeFailures is how many wrong codes one right password is good for.
const maxChallengeFailures = 5

// Verify is the second half of signing in: a code of the authenticator, or a
// recovery code. It returns a new session's token.
func (k *Keeper) Verify(ctx context.Context, challenge, code string, from netip.Addr) (session secret.Value, who Identity, err error) {
	defer func() { k.metrics.ended(err) }()
	hash := hashOf(challenge)
	c, found, err := one[challengeRow](ctx, k.db, sqlChallenge, hash, k.now())
	if err != nil || !found {
		return secret.Value{}, Identity{}, orElse(err, challengeOver())
	}
	person, err := k.person(ctx, k.db, c.Person)
	if err != nil {
		return secret.Value{}, Identity{}, err
	}
	try, err := k.limits.begin(nameKey(person.Name), from)
	if err != nil {
		return secret.Value{}, Identity{}, err
	}
	proof, err := k.prove(ctx, person.ID, code)
	if err != nil {
		try.withdrawn()
		return secret.Value{}, Identity{}, err
	}
	var (
		token   secret.Value
		refused error
	)
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		token, who, refused = secret.Value{}, Identity{}, nil
		c, found, err := one[challengeRow](ctx, tx, sqlChallenge, hash, k.now())
		if err != nil || !found {
			return orElse(err, challengeOver())
		}
		factor, ok, err := proof.spend(ctx, tx, k.now())
		if err != nil {
			return err
		}
		if !ok {
			refused = wrongCode()
			if c.Failures+1 >= maxChallengeFailures {
				refused = challengeOver()
				if err := run(ctx, tx, sqlDropChallenge, hash); err != nil {
					return err
				}
			} else if err := run(ctx, tx, sqlFailChallenge, hash); err != nil {
				return err
			}
			return k.audit.Append(ctx, tx, failedLogin(person, from, "code"))
		}
		if err := run(ctx, tx, sqlDropChallenge, hash); err != nil {
			return err
		}
		now, found, err := one[personRow](ctx, tx, sqlPerson, person.ID)
		if err != nil || !found || now.Disabled != 0 {
			return orElse(err, challengeOver())
		}
		token, who, err = k.newSession(ctx, tx, now, Identity{Address: from})
		if err != nil {
			return err
		}
		return k.audit.Append(ctx, tx, nightjar.AuditEntry{
			Actor: who.Actor(), Address: from, Action: nightjar.ActionLogin, Target: person.Name, Detail: map[string]string{"factor": factor},
		})
	})
	switch {
	case err != nil:
		try.withdrawn()
		return secret.Value{}, Identity{}, err
	case refused != nil:
		return secret.Value{}, Identity{}, refused
	}
	try.succeeded()
	return token, who, nil
}

func challengeOver() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this sign-in is over: five minutes passed, or too many codes were wrong",
		Hint: "sign in again with name and password",
	}
}
