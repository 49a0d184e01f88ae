package access

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The kinds of invitations.
const (
	inviteSetup = "setup"  // the first administrator
	inviteNew   = "invite" // a new person
	inviteReset = "reset"  // new credentials for a person
)

type inviteRow struct {
	Hash    string `bun:"hash"`
	ID      string `bun:"id"`
	Kind    string `bun:"kind"`
	Name    string `bun:"name"`
	Person  string `bun:"person"`
	ByName  string `bun:"by_name"`
	Giver   string `bun:"giver"` // who made it, by id; "" for the command line
	Created int64  `bun:"created"`
	Expires int64  `bun:"expires"`
}

// Invitation is one that waits to be taken up.
type Invitation struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Reset   bool      `json:"reset"` // new credentials for a person who exists
	Grants  []Grant   `json:"grants"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

// Invite makes a link token with which a new person of that name joins,
// within three days. Nobody can give more than he has himself.
func (k *Keeper) Invite(ctx context.Context, by Identity, name string, list []Grant) (secret.Value, error) {
	name, err := CleanName(name)
	if err != nil {
		return secret.Value{}, err
	}
	if err := mayManage(by); err != nil {
		return secret.Value{}, err
	}
	if list, err = checkGrants(by, list); err != nil {
		return secret.Value{}, err
	}
	return k.addInvite(ctx, by, inviteRow{Kind: inviteNew, Name: name}, list, nightjar.AuditEntry{
		Action: nightjar.ActionPersonInvite, Target: name, Detail: map[string]string{"grants": grantText(list)},
	}, func(ctx context.Context, tx bun.Tx) error {
		if _, taken, err := one[personRow](ctx, tx, sqlPersonByName, nameKey(name)); err != nil || taken {
			return orTaken(err, name)
		}
		return nil
	})
}

// Reset makes a link token with which a person who exists chooses a new
// password and authenticator. The old ones work until it is taken up; then
// they end, with all sessions, API tokens and links that the person made for
// others. Nobody resets a person who has more than he has himself.
func (k *Keeper) Reset(ctx context.Context, by Identity, person string) (secret.Value, error) {
	if err := mayManage(by); err != nil {
		return secret.Value{}, err
	}
	p, err := k.person(ctx, k.db, person)
	if err != nil {
		return secret.Value{}, err
	}
	return k.addInvite(ctx, by, inviteRow{Kind: inviteReset, Name: p.Name, Person: p.ID}, nil, nightjar.AuditEntry{
		Action: nightjar.ActionPersonReset, Target: p.Name,
	}, func(ctx context.Context, tx bun.Tx) error {
		// The link makes whoever opens it that person.
		if mapped, err := k.isMapped(ctx, tx, p.ID); err != nil || mapped {
			return orElse(err, refusal(nightjar.CodeConflict, RefusalMapped, "this person signs in at a provider alone, which decides what they may do", "have the account there reset"))
		}
		list, err := grantsOf(ctx, tx, p.ID)
		if err == nil && len(list) > 0 {
			_, err = checkGrants(by, list)
		}
		return err
	})
}

func (k *Keeper) addInvite(ctx context.Context, by Identity, in inviteRow, list []Grant, e nightjar.AuditEntry, check func(context.Context, bun.Tx) error) (secret.Value, error) {
	token, hash, err := k.newToken()
	if err != nil {
		return secret.Value{}, err
	}
	if in.ID, err = k.newID(); err != nil {
		return secret.Value{}, err
	}
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		now := k.clock.Now()
		e.Actor, e.Address = by.Actor(), by.Address
		if err := check(ctx, tx); err != nil {
			return e, err
		}
		// A new link takes the place of an older one for the same person.
		if err := k.dropInvites(ctx, tx, sqlInvitesFor, in.Kind, in.Name); err != nil {
			return e, err
		}
		if err := run(ctx, tx, sqlAddInvite, hash, in.ID, in.Kind, in.Name, in.Person, by.Name, catalog.Micros(now), catalog.Micros(now.Add(inviteLife))); err != nil {
			return e, err
		}
		if err := run(ctx, tx, sqlSetGiver, by.Person, hash); err != nil {
			return e, err
		}
		return e, putGrants(ctx, tx, in.ID, list)
	})
	if err != nil {
		return secret.Value{}, fmt.Errorf("invite %s: %w", in.Name, err)
	}
	return token, nil
}

// Invitation returns what a link token is for, without using it up, so that a
// page can greet whoever opens it.
func (k *Keeper) Invitation(ctx context.Context, token secret.Value) (Invitation, error) {
	in, err := k.openInvite(ctx, token)
	if err != nil {
		return Invitation{}, err
	}
	list, err := grantsOf(ctx, k.db, in.ID)
	return in.invitation(list), err
}

// Invitations returns those that wait to be taken up.
func (k *Keeper) Invitations(ctx context.Context) ([]Invitation, error) {
	rows, err := many[inviteRow](ctx, k.db, sqlInvites, k.now())
	if err != nil {
		return nil, err
	}
	out := make([]Invitation, len(rows))
	for i, r := range rows {
		list, err := grantsOf(ctx, k.db, r.ID)
		if err != nil {
			return nil, err
		}
		out[i] = r.invitation(list)
	}
	return out, nil
}

// Uninvite ends an invitation by its id.
func (k *Keeper) Uninvite(ctx context.Context, by Identity, id string) error {
	if err := mayManage(by); err != nil {
		return err
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: by.Actor(), Address: by.Address, Action: nightjar.ActionPersonInvite, Detail: map[string]string{"change": "withdrawn"}}
		in, found, err := one[inviteRow](ctx, tx, sqlInviteByID, id)
		if err != nil {
			return e, err
		}
		if !found {
			return e, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there is no such invitation", Hint: "it may have been taken up or withdrawn"}
		}
		e.Target = in.Name
		return e, k.dropInvites(ctx, tx, sqlInviteByID, id)
	})
}

// AcceptInvite begins to take up an invitation or a reset with a password, and
// returns what an authenticator needs. ConfirmEnrolment ends it.
func (k *Keeper) AcceptInvite(ctx context.Context, token, password secret.Value) (Enrolment, error) {
	in, err := k.openInvite(ctx, token)
	if err != nil {
		return Enrolment{}, err
	}
	return k.enrol(ctx, in, in.Name, password)
}

// openInvite finds the invitation or the reset of a link token.
func (k *Keeper) openInvite(ctx context.Context, token secret.Value) (inviteRow, error) {
	in, found, err := k.invite(ctx, k.db, token)
	if err == nil && (!found || in.Kind == inviteSetup || in.Kind == inviteLink) {
		err = noInvitation()
	}
	return in, err
}

func noInvitation() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this link is not valid; it may be used up, withdrawn or older than three days",
		Hint: "ask an administrator for a new one",
	}
}

func (k *Keeper) invite(ctx context.Context, db bun.IDB, token secret.Value) (inviteRow, bool, error) {
	return k.validInvite(ctx, db, hashOf(token.Reveal()))
}

// validInvite finds an invitation that can be taken up at this moment.
func (k *Keeper) validInvite(ctx context.Context, db bun.IDB, hash string) (inviteRow, bool, error) {
	in, found, err := one[inviteRow](ctx, db, sqlInvite, hash, k.now())
	if err != nil || !found {
		return in, false, err
	}
	ok, err := k.stillGives(ctx, db, in)
	return in, ok, err
}

// dropInvites removes the invitations that a statement selects, with all that
// hangs on them.
func (k *Keeper) dropInvites(ctx context.Context, tx bun.Tx, statement string, args ...any) error {
	rows, err := many[inviteRow](ctx, tx, statement, args...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		enrolments, err := many[enrolmentRow](ctx, tx, sqlEnrolmentsOf, r.Hash)
		if err != nil {
			return err
		}
		for _, e := range enrolments {
			if err := k.dropEnrolment(ctx, tx, e); err != nil {
				return err
			}
		}
		if err := run(ctx, tx, sqlDropGrants, r.ID); err != nil {
			return err
		}
		if err := run(ctx, tx, sqlDropInvite, r.Hash); err != nil {
			return err
		}
	}
	return nil
}

func (r inviteRow) invitation(list []Grant) Invitation {
	return Invitation{
		ID: r.ID, Name: r.Name, Reset: r.Kind == inviteReset, Grants: list, By: r.ByName,
		Created: catalog.Time(r.Created), Expires: catalog.Time(r.Expires),
	}
}
