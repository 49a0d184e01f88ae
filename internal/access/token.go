package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// maxTokenLife is the longest that a token may live: no token is for ever.
const maxTokenLife = 366 * 24 * time.Hour

// tokenSeenEvery bounds how often a token's last use is written.
const tokenSeenEvery = time.Minute

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

// TokenInfo describes a token without showing it.
type TokenInfo struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Person   string       `json:"person"`
	Owner    string       `json:"owner"` // the person's name
	Scopes   []Permission `json:"scopes"`
	Grants   []Grant      `json:"grants"`
	Created  time.Time    `json:"created"`
	Expires  time.Time    `json:"expires"`
	LastUsed time.Time    `json:"last_used"` // to the minute; zero when never
	Revoked  time.Time    `json:"revoked"`   // zero while it works
}

type tokenRow struct {
	ID         string `bun:"id"`
	Hash       string `bun:"hash"`
	Person     string `bun:"person"`
	Name       string `bun:"name"`
	Scopes     string `bun:"scopes"`
	Created    int64  `bun:"created"`
	Expires    int64  `bun:"expires"`
	LastUsed   int64  `bun:"last_used"`
	Revoked    int64  `bun:"revoked"`
	PersonName string `bun:"person_name"`
	Disabled   int64  `bun:"disabled"`
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
	name, err := cleanName(spec.Name)
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

// Token returns who an API token stands for, with the rights of this moment.
func (k *Keeper) Token(ctx context.Context, bearer secret.Value) (Identity, error) {
	refused := &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "the API token is not valid; it may have expired or been revoked",
		Hint: "make a new one in the console under Settings, or with: nightjar token create",
	}
	if !TokenForm(bearer.Reveal()) {
		return Identity{}, refused
	}
	r, found, err := one[tokenRow](ctx, k.db, sqlToken, hashOf(bearer.Reveal()))
	if err != nil || !found {
		return Identity{}, orElse(err, refused)
	}
	now := k.clock.Now()
	if reason := r.dead(now); reason != "" {
		if k.limits.first("token " + r.ID) {
			err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
				return k.audit.Append(ctx, tx, nightjar.AuditEntry{
					Actor: nightjar.Actor{ID: r.ID, Name: r.Name, Kind: nightjar.ActorToken}, Action: nightjar.ActionTokenRefuse, Target: r.Name,
					Detail: map[string]string{"reason": reason, "owner": r.PersonName}, Outcome: nightjar.OutcomeFailure,
				})
			})
		}
		return Identity{}, orElse(err, refused)
	}
	owner, err := grantsOf(ctx, k.db, r.Person)
	if err != nil {
		return Identity{}, err
	}
	own, err := grantsOf(ctx, k.db, r.ID)
	if err != nil {
		return Identity{}, err
	}
	if now.Sub(catalog.Time(r.LastUsed)) >= tokenSeenEvery {
		k.saw(ctx, sqlUseToken, catalog.Micros(now), r.ID)
	}
	return Identity{
		ID: r.ID, Person: r.Person, Name: r.PersonName + "/" + r.Name, Kind: KindToken, Grants: own, Scopes: splitScopes(r.Scopes), owner: owner,
	}, nil
}

func (r tokenRow) dead(now time.Time) string {
	switch {
	case r.Revoked != 0:
		return "revoked"
	case !catalog.Time(r.Expires).After(now):
		return "expired"
	case r.Disabled != 0:
		return "owner disabled"
	}
	return ""
}

// Tokens returns the tokens that the identity may see: with people.manage all,
// otherwise its own.
func (k *Keeper) Tokens(ctx context.Context, by Identity) ([]TokenInfo, error) {
	statement, args := sqlTokensOf, []any{by.Person}
	if by.MayAll(PermPeopleManage) {
		statement, args = sqlTokens, nil
	}
	rows, err := many[tokenRow](ctx, k.db, statement, args...)
	if err != nil {
		return nil, err
	}
	out := make([]TokenInfo, len(rows))
	for i, r := range rows {
		list, err := grantsOf(ctx, k.db, r.ID)
		if err != nil {
			return nil, err
		}
		out[i] = TokenInfo{
			ID: r.ID, Name: r.Name, Person: r.Person, Owner: r.PersonName, Scopes: splitScopes(r.Scopes), Grants: list,
			Created: catalog.Time(r.Created), Expires: catalog.Time(r.Expires), LastUsed: catalog.Time(r.LastUsed), Revoked: catalog.Time(r.Revoked),
		}
	}
	return out, nil
}

// RevokeToken ends a token at once. Its owner may, and whoever manages people.
func (k *Keeper) RevokeToken(ctx context.Context, by Identity, id string) error {
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: by.Actor(), Address: by.Address, Action: nightjar.ActionTokenRevoke}
		r, found, err := one[tokenRow](ctx, tx, sqlTokenByID, id)
		if err != nil {
			return e, err
		}
		own := by.Kind == KindPerson && by.ID == r.Person || by.Kind == KindToken && by.ID == r.ID
		if !found || !own && !by.MayAll(PermPeopleManage) {
			return e, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no token %.40q", id), Hint: "nightjar token list shows the ids"}
		}
		e.Target, e.Detail = r.Name, map[string]string{"id": r.ID, "owner": r.PersonName}
		return e, run(ctx, tx, sqlRevoke, k.now(), id)
	})
}

func joinScopes(scopes []Permission) string {
	parts := make([]string, len(scopes))
	for i, s := range scopes {
		parts[i] = string(s)
	}
	return strings.Join(parts, " ")
}

// splitScopes never returns nil, which would not limit.
func splitScopes(s string) []Permission {
	out := []Permission{}
	for _, f := range strings.FieldsFunc(s, unicode.IsSpace) {
		out = append(out, Permission(f))
	}
	return out
}
