package access

import (
	"context"
	"net/netip"
	"strings"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// PasskeyEnrolment is what a person needs to join with a passkey.
type PasskeyEnrolment struct {
	ID      string // hand it to ConfirmPasskeyEnrolment; whoever has it can finish the enrolment
	Name    string // of the person
	Options []byte // PublicKeyCredentialCreationOptions in JSON, for the browser
	// Recovery are ten codes. They count from ConfirmPasskeyEnrolment on.
	Recovery []secret.Value
}

// SetupByPasskey is Setup with a passkey in place of password and authenticator.
func (k *Keeper) SetupByPasskey(ctx context.Context, site Site, bootstrap secret.Value, name string) (PasskeyEnrolment, error) {
	in, name, err := k.beginSetup(ctx, bootstrap, name)
	if err != nil {
		return PasskeyEnrolment{}, err
	}
	return k.enrolByPasskey(ctx, site, in, name)
}

// AcceptInviteByPasskey is AcceptInvite with a passkey in place of password and
// authenticator.
func (k *Keeper) AcceptInviteByPasskey(ctx context.Context, site Site, token secret.Value) (PasskeyEnrolment, error) {
	in, err := k.openInvite(ctx, token)
	if err != nil {
		return PasskeyEnrolment{}, err
	}
	return k.enrolByPasskey(ctx, site, in, in.Name)
}

func (k *Keeper) enrolByPasskey(ctx context.Context, site Site, in inviteRow, name string) (PasskeyEnrolment, error) {
	handle := in.Person
	id, err := k.newID()
	if err != nil {
		return PasskeyEnrolment{}, err
	}
	if handle == "" {
		if handle, err = k.newID(); err != nil {
			return PasskeyEnrolment{}, err
		}
	}
	token, hash, err := k.newToken()
	if err != nil {
		return PasskeyEnrolment{}, err
	}
	codes, hashes, err := k.recoveryCodes()
	if err != nil {
		return PasskeyEnrolment{}, err
	}
	options, challenge, err := creationOptions(site, holder{id: handle, name: name})
	if err != nil {
		return PasskeyEnrolment{}, err
	}
	row := enrolmentRow{Hash: hash, ID: id, Name: name, Recovery: strings.Join(hashes, " "), Handle: handle}
	err = k.putEnrolment(ctx, in, row, func(ctx context.Context, tx bun.Tx) error {
		return k.putCeremony(ctx, tx, ceremonyEnrol, hash, challenge)
	})
	if err != nil {
		return PasskeyEnrolment{}, err
	}
	return PasskeyEnrolment{ID: token.Reveal(), Name: name, Options: options, Recovery: codes}, nil
}

// ConfirmPasskeyEnrolment ends a setup, an invitation or a reset with the
// browser's RegistrationResponseJSON; passkey is what the person calls it. The
// person exists from now on, and is signed in.
func (k *Keeper) ConfirmPasskeyEnrolment(ctx context.Context, site Site, id, passkey string, answer []byte, from netip.Addr) (secret.Value, Identity, error) {
	nobody := func(err error) (secret.Value, Identity, error) { return secret.Value{}, Identity{}, err }
	passkey, err := CleanName(passkey)
	if err != nil {
		return nobody(err)
	}
	parsed, err := parseCreation(answer)
	if err != nil {
		return nobody(err)
	}
	hash := hashOf(id)
	pending, found, err := one[enrolmentRow](ctx, k.db, sqlEnrolment, hash, k.now())
	if err != nil || !found || pending.Handle == "" {
		return nobody(orElse(err, enrolmentOver()))
	}
	if err := k.takeCeremony(ctx, ceremonyEnrol, hash, parsed.Response.CollectedClientData.Challenge); err != nil {
		return nobody(err)
	}
	row, err := created(site, holder{id: pending.Handle, name: pending.Name}, parsed)
	if err != nil {
		return nobody(err)
	}
	row.Name = passkey
	return k.endEnrolment(ctx, hash, from, func(ctx context.Context, tx bun.Tx, person string, _ enrolmentRow) error {
		row.Person = person
		_, err := k.putPasskey(ctx, tx, row)
		return err
	})
}
