package access

import (
	"context"
	"net/netip"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

type challengeRow struct {
	Hash     string `bun:"hash"`
	Person   string `bun:"person"`
	Failures int64  `bun:"failures"`
}

// Login is the first half of signing in: a name and a password. It returns a
// challenge, which Verify takes with a code within five minutes.
//
// Whoever has no password gives a recovery code in its place, and another one
// to Verify: the way back in when the passkey is lost.
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
	recovery, err := k.isRecovery(ctx, person, credential, password)
	if err != nil {
		try.withdrawn()
		return "", err
	}
	known := person.ID != "" && person.Disabled == 0
	if !known || recovery == "" && (!ok || credential.ID == "") {
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
		if stronger != "" && recovery == "" {
			if err := run(ctx, tx, sqlSetCredential, stronger, credential.ID); err != nil {
				return err
			}
		}
		if recovery != "" {
			if spent, err := spendRecovery(ctx, tx, person.ID, recovery); err != nil || !spent {
				return orElse(err, wrongPassword())
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
	return orElse(err, wrongPassword())
}

func wrongPassword() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "the name or the password is not right",
		Hint: "try again; an administrator can make a link to set a new password: nightjar person reset",
	}
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
