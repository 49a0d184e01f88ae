package access

import (
	"context"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Bootstrap makes the token with which the first administrator is set up, in
// place of any made before. It is good for one use within an hour. Once there
// is an administrator it returns the zero value.
func (k *Keeper) Bootstrap(ctx context.Context) (secret.Value, error) {
	token, hash, err := k.newToken()
	if err != nil {
		return secret.Value{}, err
	}
	id, err := k.newID()
	if err != nil {
		return secret.Value{}, err
	}
	exists := false
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := admins(ctx, tx)
		if exists = n > 0; err != nil || exists {
			return err
		}
		now := k.clock.Now()
		if err := k.dropInvites(ctx, tx, sqlSetupInvites); err != nil {
			return err
		}
		if err := run(ctx, tx, sqlAddInvite, hash, id, inviteSetup, "", "", "", catalog.Micros(now), catalog.Micros(now.Add(bootstrapLife))); err != nil {
			return err
		}
		if err := putGrants(ctx, tx, id, []Grant{{Role: RoleAdmin}}); err != nil {
			return err
		}
		return k.audit.Append(ctx, tx, nightjar.AuditEntry{Actor: nightjar.Actor{Kind: nightjar.ActorSystem}, Action: nightjar.ActionSetupBegin})
	})
	if err != nil || exists {
		return secret.Value{}, err
	}
	return token, nil
}

// NeedsSetup reports whether there is no administrator yet.
func (k *Keeper) NeedsSetup(ctx context.Context) (bool, error) {
	n, err := admins(ctx, k.db)
	return n == 0, err
}

// Setup begins to make the first administrator: it takes the token of
// Bootstrap, a name and a password, and returns what an authenticator needs.
// ConfirmEnrolment ends it.
func (k *Keeper) Setup(ctx context.Context, bootstrap secret.Value, name string, password secret.Value) (Enrolment, error) {
	in, name, err := k.beginSetup(ctx, bootstrap, name)
	if err != nil {
		return Enrolment{}, err
	}
	return k.enrol(ctx, in, name, password)
}

// beginSetup checks the token of Bootstrap and the name.
func (k *Keeper) beginSetup(ctx context.Context, bootstrap secret.Value, name string) (inviteRow, string, error) {
	name, err := CleanName(name)
	if err != nil {
		return inviteRow{}, "", err
	}
	in, found, err := k.invite(ctx, k.db, bootstrap)
	if err != nil {
		return inviteRow{}, "", err
	}
	if !found || in.Kind != inviteSetup {
		return inviteRow{}, "", &nightjar.Error{
			Code: nightjar.CodeUnauthenticated, Message: "this setup token is not valid; it may be used up, replaced or older than an hour",
			Hint: "print a new one on the machine that runs Nightjar: nightjar setup-token",
		}
	}
	return in, name, nil
}
