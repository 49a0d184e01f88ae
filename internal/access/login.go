package access

import (
	"context"
	"net/netip"
	"strings"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// maxChallengeFailures is how many wrong codes one right password is good for.
const maxChallengeFailures = 5

type challengeRow struct {
	Hash     string `bun:"hash"`
	Person   string `bun:"person"`
	Failures int64  `bun:"failures"`
}

// Login is the first half of signing in: a name and a password. It returns a
// challenge, which Verify takes with a code within five minutes.
//
// An unknown name, a disabled person and a wrong password do the same work and
// say the same, so that nobody learns here who has an account.
func (k *Keeper) Login(ctx context.Context, name string, password secret.Value, from netip.Addr) (challenge string, err error) {
	defer func() {
		if err != nil { // otherwise Verify knows the outcome
			k.metrics.ended(err)
		}
	}()
	try, err := k.limits.begin(nameKey(name), from)
	if err != nil {
		return "", err
	}
	person, credential, err := k.passwordOf(ctx, name)
	if err != nil {
		try.withdrawn()
		return "", err
	}
	ok, weak, err := k.hasher.verify(ctx, password, credential.Data)
	if err != nil {
		try.withdrawn()
		return "", err
	}
	known := credential.ID != "" && person.Disabled == 0
	if !ok || !known {
		return "", k.failLogin(ctx, person, from, "password")
	}
	stronger := ""
	if weak {
		if stronger, err = k.hasher.hash(ctx, password); err != nil {
			try.withdrawn()
			return "", err
		}
	}
	token, hash, err := k.newToken()
	if err != nil {
		return "", err
	}
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if stronger != "" {
			if err := run(ctx, tx, sqlSetCredential, stronger, credential.ID); err != nil {
				return err
			}
		}
		return run(ctx, tx, sqlAddChallenge, hash, person.ID, catalog.Micros(k.clock.Now().Add(challengeLife)))
	})
	if err != nil {
		return "", err
	}
	// Half of a sign-in is no success: it forgives no failure before it.
	try.withdrawn()
	return token.Reveal(), nil
}

// passwordOf finds a person by name with the password; zero rows when there
// is none.
func (k *Keeper) passwordOf(ctx context.Context, name string) (personRow, credentialRow, error) {
	person, found, err := one[personRow](ctx, k.db, sqlPersonByName, nameKey(name))
	if err != nil || !found {
		// One more read, as for a known name.
		_, _, _ = one[credentialRow](ctx, k.db, sqlCredentials, "", credentialPassword) // its answer is not needed
		return personRow{}, credentialRow{}, err
	}
	credential, _, err := one[credentialRow](ctx, k.db, sqlCredentials, person.ID, credentialPassword)
	return person, credential, err
}

// failLogin records a failed sign-in. A name that nobody has is not written
// down: people type their password there.
func (k *Keeper) failLogin(ctx context.Context, person personRow, from netip.Addr, factor string) error {
	err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return k.audit.Append(ctx, tx, failedLogin(person, from, factor))
	})
	return orElse(err, &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "the name or the password is not right",
		Hint: "try again; an administrator can make a link to set a new password: nightjar person reset",
	})
}

func failedLogin(person personRow, from netip.Addr, factor string) nightjar.AuditEntry {
	detail := map[string]string{"factor": factor}
	if person.ID == "" {
		detail["name"] = "unknown"
	}
	if person.Disabled != 0 {
		detail["person"] = "disabled"
	}
	return nightjar.AuditEntry{
		Actor: nightjar.Actor{Kind: nightjar.ActorUnknown}, Address: from, Action: nightjar.ActionLogin, Target: person.Name,
		Detail: detail, Outcome: nightjar.OutcomeFailure,
	}
}

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
	codes, err := many[credentialRow](ctx, tx, sqlCredentials, p.person, credentialRecovery)
	if err != nil {
		return "recovery", false, err
	}
	for _, c := range codes {
		if c.Data == p.recovery {
			return "recovery", true, run(ctx, tx, sqlDropCredential, c.ID)
		}
	}
	return "recovery", false, nil
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
