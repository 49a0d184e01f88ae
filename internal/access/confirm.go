package access

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// maxEnrolmentFailures is how many wrong codes an enrolment bears.
const maxEnrolmentFailures = 10

// ConfirmEnrolment ends a setup, an invitation or a reset with the first code
// of the authenticator. The person exists from now on, and is signed in.
func (k *Keeper) ConfirmEnrolment(ctx context.Context, id, code string, from netip.Addr) (secret.Value, Identity, error) {
	hash := hashOf(id)
	pending, found, err := one[enrolmentRow](ctx, k.db, sqlEnrolment, hash, k.now())
	if err != nil {
		return secret.Value{}, Identity{}, err
	}
	if !found || pending.Handle != "" {
		return secret.Value{}, Identity{}, enrolmentOver()
	}
	seed, err := k.seed(ctx, pending.ID)
	if err != nil {
		return secret.Value{}, Identity{}, err
	}
	step, ok := totpMatch(seed, digits(code), k.clock.Now(), 0)
	if !ok {
		return secret.Value{}, Identity{}, k.failEnrolment(ctx, hash)
	}
	return k.endEnrolment(ctx, hash, from, func(ctx context.Context, tx bun.Tx, person string, e enrolmentRow) error {
		return k.giveCredentials(ctx, tx, person, e, step)
	})
}

// endEnrolment makes the person of an enrolment, or finds it, lets give it
// credentials, and signs it in.
func (k *Keeper) endEnrolment(ctx context.Context, hash string, from netip.Addr, give func(ctx context.Context, tx bun.Tx, person string, e enrolmentRow) error) (token secret.Value, who Identity, err error) {
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		e, found, err := one[enrolmentRow](ctx, tx, sqlEnrolment, hash, k.now())
		if err != nil || !found {
			return orElse(err, enrolmentOver())
		}
		in, found, err := k.validInvite(ctx, tx, e.Invite)
		if err != nil || !found {
			return orElse(err, enrolmentOver())
		}
		person, entry, err := k.join(ctx, tx, in, e)
		if err != nil {
			return err
		}
		if err := k.dropCredentials(ctx, tx, person); err != nil {
			return err
		}
		if err := give(ctx, tx, person, e); err != nil {
			return err
		}
		for h := range strings.FieldsSeq(e.Recovery) {
			if err := k.addCredential(ctx, tx, person, credentialRecovery, h); err != nil {
				return err
			}
		}
		entry.Actor = nightjar.Actor{ID: person, Name: e.Name, Kind: nightjar.ActorPerson}
		entry.Target, entry.Address = e.Name, from
		if err := k.audit.Append(ctx, tx, entry); err != nil {
			return err
		}
		// The enrolment goes, its seed stays: it is the credential's now.
		if err := run(ctx, tx, sqlDropEnrolment, hash); err != nil {
			return err
		}
		if err := k.dropInvites(ctx, tx, sqlInviteByID, in.ID); err != nil {
			return err
		}
		token, who, err = k.newSession(ctx, tx, personRow{ID: person, Name: e.Name}, Identity{Address: from})
		return err
	})
	if err != nil {
		return secret.Value{}, Identity{}, fmt.Errorf("end the enrolment: %w", err)
	}
	return token, who, nil
}

// join makes the person that an invitation is for, or finds the one whose
// credentials it replaces.
func (k *Keeper) join(ctx context.Context, tx bun.Tx, in inviteRow, e enrolmentRow) (string, nightjar.AuditEntry, error) {
	entry := nightjar.AuditEntry{Action: nightjar.ActionPersonJoin}
	switch in.Kind {
	case inviteReset:
		entry.Action = nightjar.ActionPersonCredential
		entry.Detail = map[string]string{"change": "reset"}
		p, err := k.person(ctx, tx, in.Person)
		if err != nil {
			return "", entry, err
		}
		// Whoever had the person's credentials may have made tokens with them,
		// or linked an account of their own, or invited a second self.
		if err := run(ctx, tx, sqlDropIdentities, p.ID); err != nil {
			return "", entry, err
		}
		ended, err := k.revokeTokens(ctx, tx, p.ID)
		if err != nil {
			return "", entry, err
		}
		entry.Detail["tokens_revoked"] = strconv.Itoa(ended)
		if ended, err = k.dropGivenInvites(ctx, tx, p.ID, in.ID); err != nil {
			return "", entry, err
		}
		if ended > 0 {
			entry.Detail["invitations_ended"] = strconv.Itoa(ended)
		}
		// Half of a sign-in, by the old password, is not to be ended with the new code.
		if err := run(ctx, tx, sqlDropChallenges, int64(0), p.ID); err != nil {
			return "", entry, err
		}
		return p.ID, entry, run(ctx, tx, sqlDropSessions, p.ID, "")
	case inviteSetup:
		entry.Action = nightjar.ActionSetupComplete
		if n, err := admins(ctx, tx); err != nil || n > 0 {
			return "", entry, orElse(err, &nightjar.Error{
				Code: nightjar.CodeConflict, Message: "there is an administrator already", Hint: "ask for an invitation",
			})
		}
	}
	if _, taken, err := one[personRow](ctx, tx, sqlPersonByName, nameKey(e.Name)); err != nil || taken {
		return "", entry, orTaken(err, e.Name)
	}
	person := e.Handle
	if person == "" {
		var err error
		if person, err = k.newID(); err != nil {
			return "", entry, err
		}
	}
	list, err := grantsOf(ctx, tx, in.ID)
	if err != nil {
		return "", entry, err
	}
	if err := run(ctx, tx, sqlAddPerson, person, e.Name, nameKey(e.Name), k.now()); err != nil {
		return "", entry, err
	}
	entry.Detail = map[string]string{"grants": grantText(list)}
	return person, entry, putGrants(ctx, tx, person, list)
}

func (k *Keeper) failEnrolment(ctx context.Context, hash string) error {
	over := false
	err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		e, found, err := one[enrolmentRow](ctx, tx, sqlEnrolment, hash, k.now())
		if err != nil || !found {
			return orElse(err, enrolmentOver())
		}
		if over = e.Failures+1 >= maxEnrolmentFailures; over {
			return k.dropEnrolment(ctx, tx, e)
		}
		return run(ctx, tx, sqlFailEnrolment, hash)
	})
	if err != nil {
		return err
	}
	if over {
		return enrolmentOver()
	}
	return wrongCode()
}
