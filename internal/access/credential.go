package access

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// seedName is under which the seed of a credential is sealed.
func seedName(credential string) string { return "totp/" + credential }

// dropCredentials removes all credentials of a person.
func (k *Keeper) dropCredentials(ctx context.Context, tx bun.Tx, person string) error {
	if err := k.dropSeeds(ctx, tx, person); err != nil {
		return err
	}
	for _, kind := range []string{credentialPassword, credentialTOTP, credentialRecovery} {
		if err := run(ctx, tx, sqlDropCredentials, person, kind); err != nil {
			return err
		}
	}
	return run(ctx, tx, sqlDropPasskeys, person)
}

// giveCredentials gives a person the password and the authenticator of an enrolment.
func (k *Keeper) giveCredentials(ctx context.Context, tx bun.Tx, person string, e enrolmentRow, step int64) error {
	if err := k.addCredential(ctx, tx, person, credentialPassword, e.Password); err != nil {
		return err
	}
	return run(ctx, tx, sqlAddCredential, e.ID, person, credentialTOTP, "", step, k.now())
}

func (k *Keeper) addCredential(ctx context.Context, tx bun.Tx, person, kind, data string) error {
	id, err := k.newID()
	if err != nil {
		return err
	}
	return run(ctx, tx, sqlAddCredential, id, person, kind, data, 0, k.now())
}

// dropSeeds removes the sealed seeds of a person's credentials.
func (k *Keeper) dropSeeds(ctx context.Context, tx bun.Tx, person string) error {
	rows, err := many[credentialRow](ctx, tx, sqlCredentials, person, credentialTOTP)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := k.vault.Drop(ctx, tx, nightjar.Installation, seedName(r.ID)); err != nil {
			return fmt.Errorf("drop a sealed seed: %w", err)
		}
	}
	return nil
}

// seed opens the seed of a credential.
func (k *Keeper) seed(ctx context.Context, credential string) ([]byte, error) {
	typed, err := k.vault.Open(ctx, nightjar.Installation, seedName(credential))
	if nightjar.CodeOf(err) == nightjar.CodeNotFound {
		return nil, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the seed of an authenticator is gone", Hint: "give the person a new link: nightjar person reset", Err: err}
	}
	if err != nil {
		return nil, err
	}
	seed, err := base32Text().DecodeString(typed.Reveal())
	if err != nil {
		return nil, &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the seed of an authenticator cannot be read", Hint: "give the person a new link: nightjar person reset"}
	}
	return seed, nil
}
