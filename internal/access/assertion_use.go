package access

import (
	"context"
	"fmt"
	"maps"
	"net/netip"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// JoinBy takes up an invitation with an identity in place of a password. The
// person exists from now on, and is signed in.
func (k *Keeper) JoinBy(ctx context.Context, invitation secret.Value, a Assertion, from netip.Addr) (token secret.Value, who Identity, err error) {
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		in, found, err := k.invite(ctx, tx, invitation)
		if err != nil || !found || in.Kind == inviteSetup || in.Kind == inviteLink {
			return orElse(err, noInvitation())
		}
		if in.Kind != inviteNew {
			return refusal(nightjar.CodeConflict, RefusalReset, "this link sets a new password", "choose one; link the account afterwards under Settings, Account")
		}
		person, e, err := k.join(ctx, tx, in, enrolmentRow{Name: in.Name})
		if err != nil {
			return err
		}
		if err := k.addIdentity(ctx, tx, person, a, false); err != nil {
			return err
		}
		maps.Copy(e.Detail, a.detail())
		e.Actor = nightjar.Actor{ID: person, Name: in.Name, Kind: nightjar.ActorPerson}
		e.Target, e.Address = in.Name, from
		if err := k.audit.Append(ctx, tx, e); err != nil {
			return err
		}
		if err := k.dropInvites(ctx, tx, sqlInviteByID, in.ID); err != nil {
			return err
		}
		token, who, err = k.newSession(ctx, tx, personRow{ID: person, Name: in.Name}, Identity{Address: from, Authenticated: a.Authenticated, provider: a.Provider})
		return err
	})
	if err != nil {
		return secret.Value{}, Identity{}, fmt.Errorf("take up an invitation by %s: %w", a.Provider, err)
	}
	return token, who, nil
}

// StepUpBy makes a session fresh, because its person proved anew to a provider
// who they are. That the proof is new is for the caller to see to: access is
// told when it was, and the session is as fresh as that.
func (k *Keeper) StepUpBy(ctx context.Context, who Identity, a Assertion) error {
	if who.Kind != KindPerson || who.Session == "" {
		return onlyPeople()
	}
	var refused error
	err := k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionStepUp, Target: who.Name, Detail: a.detail()}
		row, found, err := k.identity(ctx, tx, a)
		if err != nil {
			return e, err
		}
		if refused = nil; !found || row.Person != who.ID {
			refused = refusal(nightjar.CodeForbidden, RefusalOther, "this account is not linked to you", "begin again, and choose the account with which you sign in here")
			e.Outcome = nightjar.OutcomeFailure
			return e, nil
		}
		if err := run(ctx, tx, sqlSawIdentity, a.Provider, a.Account, k.now(), row.ID); err != nil {
			return e, err
		}
		return e, run(ctx, tx, sqlStepUp, catalog.Micros(a.Authenticated), who.Session, who.ID)
	})
	if err != nil {
		return fmt.Errorf("step up by %s: %w", a.Provider, err)
	}
	return refused
}
