package access

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Enrolment is what a person needs to set up an authenticator. It is shown
// once.
type Enrolment struct {
	ID     string       // hand it to ConfirmEnrolment; whoever has it can finish the enrolment
	Name   string       // of the person
	Secret secret.Value // the seed in base32, to type
	URI    secret.Value // otpauth://…, for a QR code
	// Recovery are ten codes, each good once in place of a code of the
	// authenticator. They count from ConfirmEnrolment on.
	Recovery []secret.Value
}

type enrolmentRow struct {
	Hash     string `bun:"hash"`
	ID       string `bun:"id"`
	Invite   string `bun:"invite"`
	Name     string `bun:"name"`
	Password string `bun:"password"`
	Recovery string `bun:"recovery"`
	Failures int64  `bun:"failures"`
	Expires  int64  `bun:"expires"`
	Handle   string `bun:"handle"` // the person's id, with a passkey; "" with a password
}

// enrol checks and hashes the password, seals a seed, and waits for the first code.
func (k *Keeper) enrol(ctx context.Context, in inviteRow, name string, password secret.Value) (Enrolment, error) {
	list, err := k.invited(ctx, in)
	if err != nil {
		return Enrolment{}, err
	}
	if err := k.checkPassword(ctx, password, name, list); err != nil {
		return Enrolment{}, err
	}
	encoded, err := k.hasher.hash(ctx, password)
	if err != nil {
		return Enrolment{}, err
	}
	seed, err := k.bytes(totpBytes)
	if err != nil {
		return Enrolment{}, err
	}
	token, hash, err := k.newToken()
	if err != nil {
		return Enrolment{}, err
	}
	id, err := k.newID()
	if err != nil {
		return Enrolment{}, err
	}
	codes, hashes, err := k.recoveryCodes()
	if err != nil {
		return Enrolment{}, err
	}
	typed := secret.New(base32Text().EncodeToString(seed))
	row := enrolmentRow{Hash: hash, ID: id, Name: name, Password: encoded, Recovery: strings.Join(hashes, " ")}
	err = k.putEnrolment(ctx, in, row, func(ctx context.Context, tx bun.Tx) error {
		return k.vault.Seal(ctx, tx, nightjar.Installation, seedName(id), typed)
	})
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{ID: token.Reveal(), Name: name, Secret: typed, URI: totpURI(seed, name), Recovery: codes}, nil
}

// putEnrolment begins an enrolment in place of any before.
func (k *Keeper) putEnrolment(ctx context.Context, in inviteRow, e enrolmentRow, also func(ctx context.Context, tx bun.Tx) error) error {
	err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The last to begin wins: a page that was reloaded leaves no other behind.
		before, err := many[enrolmentRow](ctx, tx, sqlEnrolmentsOf, in.Hash)
		if err != nil {
			return err
		}
		for _, b := range before {
			if err := k.dropEnrolment(ctx, tx, b); err != nil {
				return err
			}
		}
		if _, found, err := one[inviteRow](ctx, tx, sqlInvite, in.Hash, k.now()); err != nil || !found {
			return orElse(err, noInvitation())
		}
		until := catalog.Micros(k.clock.Now().Add(enrolmentLife))
		if err := run(ctx, tx, sqlAddEnrolment, e.Hash, e.ID, in.Hash, e.Name, e.Password, e.Recovery, until, e.Handle); err != nil {
			return err
		}
		return also(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("begin the enrolment of %s: %w", e.Name, err)
	}
	return nil
}

// dropEnrolment removes an enrolment and its sealed seed.
func (k *Keeper) dropEnrolment(ctx context.Context, tx bun.Tx, e enrolmentRow) error {
	if err := k.vault.Drop(ctx, tx, nightjar.Installation, seedName(e.ID)); err != nil {
		return fmt.Errorf("drop a sealed seed: %w", err)
	}
	return run(ctx, tx, sqlDropEnrolment, e.Hash)
}
