package access

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Assertion is what a provider of identities signed of somebody, after the
// protocol was verified. Issuer, Tenant and Subject identify; Name and Account
// are for the eye alone.
type Assertion struct {
	Provider string
	Issuer   string
	Tenant   nightjar.TenantID
	Subject  string
	Name     string
	Account  string
	// Authenticated is when the person proved to the provider who they are;
	// zero when it does not say. The session is as fresh as that.
	Authenticated time.Time
	// Grants are what the provider's claim gives by the configured mapping.
	Grants []Grant
}

// detail names an identity in the audit log.
func (a Assertion) detail() map[string]string {
	d := map[string]string{"factor": "provider", "provider": a.Provider, "issuer": a.Issuer, "subject": a.Subject}
	if a.Tenant != "" {
		d["directory"] = string(a.Tenant)
	}
	return d
}

// Refusal says why an identity leads nowhere here: a closed set, for which the
// console has the words.
type Refusal string

// The refusals.
const (
	RefusalUnknown  Refusal = "unknown"  // nobody is linked to the identity
	RefusalRole     Refusal = "role"     // the claim gives no role any more
	RefusalDisabled Refusal = "disabled" // the person may not sign in
	RefusalTaken    Refusal = "taken"    // the identity is another person's
	RefusalLinked   Refusal = "linked"   // it is linked to the person already
	RefusalOther    Refusal = "other"    // another person signed in than the one who is asked for
	RefusalMapped   Refusal = "mapped"   // the person signs in at the provider alone
	RefusalLast     Refusal = "last"     // it is the only way in
	RefusalReset    Refusal = "reset"    // the link is for a new password
)

// RefusedError is the cause of an error that is a refusal.
type RefusedError struct{ Refusal Refusal }

// Error implements error.
func (e *RefusedError) Error() string { return string(e.Refusal) }

func refusal(code nightjar.Code, r Refusal, message, hint string) error {
	return &nightjar.Error{Code: code, Message: message, Hint: hint, Err: &RefusedError{r}}
}

// SignInBy signs in the person who is linked to an identity. When nobody is,
// and the provider's claim gives a role, it makes the person. A person who is
// here by a claim has the grants that it gives at each sign-in; one who was
// invited keeps those that were given by hand.
func (k *Keeper) SignInBy(ctx context.Context, a Assertion, from netip.Addr) (token secret.Value, who Identity, err error) {
	defer func() { k.metrics.ended(err) }()
	var refused error
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		token, who, refused = secret.Value{}, Identity{}, nil
		person, err := k.comesBy(ctx, tx, a, from)
		if _, ok := errors.AsType[*RefusedError](err); ok {
			refused = err
			return k.audit.Append(ctx, tx, nightjar.AuditEntry{
				Actor: nightjar.Actor{Name: a.Account, Kind: nightjar.ActorUnknown}, Address: from, Action: nightjar.ActionLogin, Target: person.Name,
				Detail: a.detail(), Outcome: nightjar.OutcomeFailure,
			})
		}
		if err != nil {
			return err
		}
		token, who, err = k.newSession(ctx, tx, person, Identity{Address: from, Authenticated: a.Authenticated, provider: a.Provider})
		if err != nil {
			return err
		}
		return k.audit.Append(ctx, tx, nightjar.AuditEntry{Actor: who.Actor(), Address: from, Action: nightjar.ActionLogin, Target: who.Name, Detail: a.detail()})
	})
	if err != nil {
		return secret.Value{}, Identity{}, fmt.Errorf("sign in by %s: %w", a.Provider, err)
	}
	return token, who, refused
}

// comesBy finds or makes the person of an identity, and gives a person who is
// here by a claim what it gives now.
func (k *Keeper) comesBy(ctx context.Context, tx bun.Tx, a Assertion, from netip.Addr) (personRow, error) {
	row, found, err := k.identity(ctx, tx, a)
	if err != nil {
		return personRow{}, err
	}
	if !found {
		if len(a.Grants) == 0 {
			return personRow{}, refusal(nightjar.CodeForbidden, RefusalUnknown, "nobody here is linked to this account",
				"ask an administrator for an invitation, and take it up with this account; if you have a password here, sign in with it and link the account under Settings, Account")
		}
		return k.provision(ctx, tx, a, from)
	}
	p, err := k.person(ctx, tx, row.Person)
	if err != nil {
		return p, err
	}
	if p.Disabled != 0 {
		return p, refusal(nightjar.CodeForbidden, RefusalDisabled, "you may not sign in at the moment", "ask an administrator")
	}
	if err := run(ctx, tx, sqlSawIdentity, a.Provider, a.Account, k.now(), row.ID); err != nil {
		return p, err
	}
	if row.Mapped == 0 {
		return p, nil
	}
	if err := k.mapGrants(ctx, tx, p, a, from); err != nil {
		return p, err
	}
	if len(a.Grants) == 0 {
		return p, refusal(nightjar.CodeForbidden, RefusalRole, "your account has no role here", "ask whoever manages your account at the provider")
	}
	return p, nil
}

// mapGrants replaces a person's grants by those that the claim gives. When it
// gives none, the person has none: sessions and tokens end up with no rights.
func (k *Keeper) mapGrants(ctx context.Context, tx bun.Tx, p personRow, a Assertion, from netip.Addr) error {
	before, err := grantsOf(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if grantSet(before) == grantSet(a.Grants) {
		return nil
	}
	if err := putGrants(ctx, tx, p.ID, a.Grants); err != nil {
		return err
	}
	detail := a.detail()
	detail["before"], detail["after"] = grantText(before), grantText(a.Grants)
	return k.audit.Append(ctx, tx, nightjar.AuditEntry{
		Actor: nightjar.Actor{Kind: nightjar.ActorSystem}, Address: from, Action: nightjar.ActionPersonGrant, Target: p.Name, Detail: detail,
	})
}

// grantSet is grants as a text that does not depend on their order.
func grantSet(list []Grant) string {
	list = slices.Clone(list)
	slices.SortFunc(list, compareGrants)
	return grantText(slices.Compact(list))
}

// provision makes a person whom a claim lets in. Nothing of an account decides
// whose rights it gets, but its name is shown: it is one that nobody has.
func (k *Keeper) provision(ctx context.Context, tx bun.Tx, a Assertion, from netip.Addr) (personRow, error) {
	name, err := k.freeName(ctx, tx, a)
	if err != nil {
		return personRow{}, err
	}
	id, err := k.newID()
	if err != nil {
		return personRow{}, err
	}
	if err := run(ctx, tx, sqlAddPerson, id, name, nameKey(name), k.now()); err != nil {
		return personRow{}, err
	}
	if err := putGrants(ctx, tx, id, a.Grants); err != nil {
		return personRow{}, err
	}
	if err := k.addIdentity(ctx, tx, id, a, true); err != nil {
		return personRow{}, err
	}
	detail := a.detail()
	detail["grants"] = grantText(a.Grants)
	return personRow{ID: id, Name: name}, k.audit.Append(ctx, tx, nightjar.AuditEntry{
		Actor: nightjar.Actor{ID: id, Name: name, Kind: nightjar.ActorPerson}, Address: from, Action: nightjar.ActionPersonJoin, Target: name, Detail: detail,
	})
}

// maxNames is how many names are tried for a person.
const maxNames = 100

func (k *Keeper) freeName(ctx context.Context, tx bun.Tx, a Assertion) (string, error) {
	base := "somebody of " + a.Provider
	for _, candidate := range []string{a.Account, a.Name} {
		if name, err := CleanName(candidate); err == nil {
			base = name
			break
		}
	}
	for n := range maxNames {
		name := base
		if n > 0 {
			end := fmt.Sprintf(" (%.20s %d)", a.Provider, n)
			cut := []rune(base)
			name = string(cut[:min(len(cut), maxName-len(end))]) + end
		}
		_, taken, err := one[personRow](ctx, tx, sqlPersonByName, nameKey(name))
		if err != nil {
			return "", err
		}
		if !taken {
			return name, nil
		}
	}
	return "", orTaken(nil, base)
}
