package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// maxTokenLife is the longest that a token may live: no token is for ever.
const maxTokenLife = 366 * 24 * time.Hour

// TokenSpec says what a token is to be.
type TokenSpec struct {
	Name   string
	Scopes []Permission // at least one
	// Grants are what the token may do at most; nil means what its owner may
	// now. Whatever it says, a token never does more than its owner can at the
	// moment it is used.
	Grants  []Grant
	Expires time.Time // at most a year ahead
	// Person is the owner. The command line sets it; "" is the one who asks,
	// and anything else is refused to others.
	Person string
}

// CreateToken makes an API token. Its text is returned once and kept as a hash.
func (k *Keeper) CreateToken(ctx context.Context, by Identity, spec TokenSpec) (secret.Value, TokenInfo, error) {
	owner, err := k.tokenOwner(ctx, by, spec.Person)
	if err != nil {
		return secret.Value{}, TokenInfo{}, err
	}
	if spec, err = k.checkToken(owner, spec); err != nil {
		return secret.Value{}, TokenInfo{}, err
	}
	b, err := k.bytes(tokenBytes)
	if err != nil {
		return secret.Value{}, TokenInfo{}, err
	}
	id, err := k.newID()
	if err != nil {
		return secret.Value{}, TokenInfo{}, err
	}
	token := bearerText(b)
	info := TokenInfo{
		ID: id, Name: spec.Name, Person: owner.ID, Owner: owner.Name, Scopes: spec.Scopes, Grants: spec.Grants,
		Created: catalog.Time(k.now()), Expires: spec.Expires.UTC(),
	}
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: by.Actor(), Address: by.Address, Action: nightjar.ActionTokenCreate, Target: spec.Name, Detail: map[string]string{
			"id": id, "owner": owner.Name, "scopes": joinScopes(spec.Scopes), "grants": grantText(spec.Grants), "expires": info.Expires.Format(time.RFC3339),
		}}
		if err := run(ctx, tx, sqlAddToken, id, hashOf(token.Reveal()), owner.ID, spec.Name, joinScopes(spec.Scopes), catalog.Micros(info.Created), catalog.Micros(info.Expires)); err != nil {
			return e, err
		}
		return e, putGrants(ctx, tx, id, spec.Grants)
	})
	if err != nil {
		return secret.Value{}, TokenInfo{}, fmt.Errorf("make a token: %w", err)
	}
	return token, info, nil
}

// tokenOwner returns the identity that a new token is to stand for.
func (k *Keeper) tokenOwner(ctx context.Context, by Identity, person string) (Identity, error) {
	switch by.Kind {
	case KindPerson:
		if person != "" && person != by.ID {
			return Identity{}, &nightjar.Error{Code: nightjar.CodeForbidden, Message: "a token is made by its owner", Hint: "ask the person to make it"}
		}
		return by, nil
	case KindOperator:
		p, err := k.Person(ctx, person)
		if err != nil {
			return Identity{}, err
		}
		return Identity{ID: p.ID, Person: p.ID, Name: p.Name, Kind: KindPerson, Grants: p.Grants}, nil
	case KindToken:
	}
	return Identity{}, onlyPeople()
}

func (k *Keeper) checkToken(owner Identity, spec TokenSpec) (TokenSpec, error) {
	invalid := func(hint, format string, args ...any) error {
		return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
	}
	if !slices.Contains(owner.Permissions(), PermTokenOwn) {
		return spec, &nightjar.Error{Code: nightjar.CodeForbidden, Message: owner.Name + " may not have API tokens", Hint: "roles from helpdesk on may"}
	}
	name, err := CleanName(spec.Name)
	if err != nil {
		return spec, err
	}
	spec.Name = name
	if len(spec.Scopes) == 0 {
		return spec, invalid("name the permissions that the token needs, e.g. event.read", "a token needs a scope")
	}
	spec.Scopes = slices.Clone(spec.Scopes)
	slices.Sort(spec.Scopes)
	spec.Scopes = slices.Compact(spec.Scopes)
	for _, s := range spec.Scopes {
		if !slices.Contains(Permissions(), s) {
			return spec, invalid("the scopes are "+joinScopes(Permissions()), "there is no permission %.40q", s)
		}
		if !slices.Contains(owner.Permissions(), s) {
			return spec, &nightjar.Error{Code: nightjar.CodeForbidden, Message: fmt.Sprintf("a token of %s cannot have %s", owner.Name, s), Hint: "a token never does more than its owner can"}
		}
	}
	if spec.Grants == nil {
		spec.Grants = slices.Clone(owner.Grants)
	} else {
		if spec.Grants, err = checkGrants(owner, spec.Grants); err != nil {
			return spec, err
		}
	}
	now := k.clock.Now()
	if !spec.Expires.After(now) || spec.Expires.Sub(now) > maxTokenLife {
		return spec, invalid("choose a day within the next year", "a token must expire, and within a year")
	}
	return spec, nil
}
