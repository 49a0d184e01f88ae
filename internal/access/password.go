package access

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The length of a password in characters. There are no rules about which
// kinds: they make people write Password1! (NIST SP 800-63B-4 section 3.1.1.2,
// https://pages.nist.gov/800-63-4/sp800-63b.html, read 2026-11-22).
const (
	minPassword     = 12
	suggestPassword = 15
	maxPassword     = 256
)

// checkPassword refuses a password that can be guessed, for a person of that
// name with those grants. Only names that the grants show count: a refusal
// would tell whoever tries passwords which other tenants there are.
func (k *Keeper) checkPassword(ctx context.Context, password secret.Value, name string, list []Grant) error {
	text := norm.NFKC.String(password.Reveal())
	bad := func(message string) error {
		return &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: message,
			Hint: fmt.Sprintf("choose at least %d characters, better %d: a few words that have nothing to do with each other, or what a password manager makes", minPassword, suggestPassword),
		}
	}
	switch n := utf8.RuneCountInString(text); {
	case n < minPassword:
		return bad(fmt.Sprintf("the password has %d characters, fewer than %d", n, minPassword))
	case n > maxPassword:
		return bad(fmt.Sprintf("the password is longer than %d characters", maxPassword))
	}
	// Of an address, its parts too: ada, contoso of ada@contoso.com.
	words := append([]string{"nightjar", name}, strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("@. -_", r) })...)
	if k.words != nil {
		words = append(words, k.words(ctx, func(t nightjar.TenantID) bool { return allows(list, PermStatusRead, t) })...)
	}
	why, err := guessable(text, words)
	if err != nil {
		return err
	}
	if why != "" {
		return bad(why)
	}
	return nil
}

// ChangePassword replaces the password of a person who is signed in and knows
// the old one. All other sessions of the person end.
func (k *Keeper) ChangePassword(ctx context.Context, who Identity, old, password secret.Value) error {
	if who.Kind != KindPerson {
		return onlyPeople()
	}
	try, err := k.limits.begin(nameKey(who.Name), who.Address)
	if err != nil {
		return err
	}
	if err := k.replacePassword(ctx, who, old, password); err != nil {
		if nightjar.CodeOf(err) != nightjar.CodeUnauthenticated {
			try.withdrawn()
		}
		return err
	}
	try.succeeded()
	return nil
}

func (k *Keeper) replacePassword(ctx context.Context, who Identity, old, password secret.Value) error {
	credential, found, err := one[credentialRow](ctx, k.db, sqlCredentials, who.ID, credentialPassword)
	if err != nil || !found {
		return orElse(err, &nightjar.Error{Code: nightjar.CodeConflict, Message: "you have no password", Hint: "you sign in without one: by a passkey, or by the demo's link"})
	}
	ok, _, err := k.hasher.verify(ctx, old, credential.Data)
	if err != nil {
		return err
	}
	if !ok {
		err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return k.audit.Append(ctx, tx, nightjar.AuditEntry{
				Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionPersonCredential, Target: who.Name,
				Detail: map[string]string{"change": "password"}, Outcome: nightjar.OutcomeFailure,
			})
		})
		return orElse(err, &nightjar.Error{Code: nightjar.CodeUnauthenticated, Message: "the old password is not right", Hint: "try again"})
	}
	if err := k.checkPassword(ctx, password, who.Name, who.Grants); err != nil {
		return err
	}
	encoded, err := k.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{
			Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionPersonCredential, Target: who.Name, Detail: map[string]string{"change": "password"},
		}
		if err := run(ctx, tx, sqlSetCredential, encoded, credential.ID); err != nil {
			return e, err
		}
		// Half of a sign-in that the old password began ends with it.
		if err := run(ctx, tx, sqlDropChallenges, int64(0), who.ID); err != nil {
			return e, err
		}
		return e, run(ctx, tx, sqlDropSessions, who.ID, who.Session)
	})
}
