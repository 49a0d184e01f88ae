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

// tokenSeenEvery bounds how often a token's last use is written.
const tokenSeenEvery = time.Minute

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
	reason := r.dead(now)
	if reason == "" {
		owner, err := grantsOf(ctx, k.db, r.Person)
		if err != nil {
			return Identity{}, err
		}
		if !slices.ContainsFunc(owner, func(g Grant) bool { return g.Role.Allows(PermTokenOwn) }) {
			reason = "owner may not have tokens"
		}
	}
	if reason != "" {
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
	if now.Sub(catalog.Time(r.LastUsed)) >= tokenSeenEvery {
		k.saw(ctx, sqlUseToken, catalog.Micros(now), r.ID)
	}
	return k.holder(ctx, r)
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
