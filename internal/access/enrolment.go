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

// maxEnrolmentFailures is how many wrong codes an enrolment bears.
const maxEnrolmentFailures = 10

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
}

// seedName is under which the seed of a credential is sealed.
func seedName(credential string) string { return "totp/" + credential }

// enrol checks and hashes the password, seals a seed, and waits for the first code.
func (k *Keeper) enrol(ctx context.Context, in inviteRow, name string, password secret.Value) (Enrolment, error) {
	if err := k.checkPassword(ctx, password, name); err != nil {
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
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The last to begin wins: a page that was reloaded leaves no other behind.
		before, err := many[enrolmentRow](ctx, tx, sqlEnrolmentsOf, in.Hash)
		if err != nil {
			return err
		}
		for _, e := range before {
			if err := k.dropEnrolment(ctx, tx, e); err != nil {
				return err
			}
		}
		if _, found, err := one[inviteRow](ctx, tx, sqlInvite, in.Hash, k.now()); err != nil || !found {
			return orElse(err, noInvitation())
		}
		if err := run(ctx, tx, sqlAddEnrolment, hash, id, in.Hash, name, encoded, strings.Join(hashes, " "), catalog.Micros(k.clock.Now().Add(enrolmentLife))); err != nil {
			return err
		}
		return k.vault.Seal(ctx, tx, nightjar.Installation, seedName(id), typed)
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("begin the enrolment of %s: %w", name, err)
	}
	return Enrolment{ID: token.Reveal(), Name: name, Secret: typed, URI: totpURI(seed, name), Recovery: codes}, nil
}

// ConfirmEnrolment ends a setup, an invitation or a reset with the first code
// of the authenticator. The person exists from now on, and is signed in.
func (k *Keeper) ConfirmEnrolment(ctx context.Context, id, code string) (secret.Value, Identity, error) {
	hash := hashOf(id)
	pending, found, err := one[enrolmentRow](ctx, k.db, sqlEnrolment, hash, k.now())
	if err != nil {
		return secret.Value{}, Identity{}, err
	}
	if !found {
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
	var (
		token secret.Value
		who   Identity
	)
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		e, found, err := one[enrolmentRow](ctx, tx, sqlEnrolment, hash, k.now())
		if err != nil || !found {
			return orElse(err, enrolmentOver())
		}
		in, found, err := one[inviteRow](ctx, tx, sqlInvite, e.Invite, k.now())
		if err != nil || !found {
			return orElse(err, enrolmentOver())
		}
		person, entry, err := k.join(ctx, tx, in, e)
		if err != nil {
			return err
		}
		if err := k.giveCredentials(ctx, tx, person, e, step); err != nil {
			return err
		}
		entry.Actor = nightjar.Actor{ID: person, Name: e.Name, Kind: nightjar.ActorPerson}
		entry.Target = e.Name
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
		token, who, err = k.newSession(ctx, tx, personRow{ID: person, Name: e.Name}, Identity{})
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
	person, err := k.newID()
	if err != nil {
		return "", entry, err
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

// giveCredentials replaces all credentials of a person by those of an enrolment.
func (k *Keeper) giveCredentials(ctx context.Context, tx bun.Tx, person string, e enrolmentRow, step int64) error {
	if err := k.dropSeeds(ctx, tx, person); err != nil {
		return err
	}
	for _, kind := range []string{credentialPassword, credentialTOTP, credentialRecovery} {
		if err := run(ctx, tx, sqlDropCredentials, person, kind); err != nil {
			return err
		}
	}
	if err := k.addCredential(ctx, tx, person, credentialPassword, e.Password); err != nil {
		return err
	}
	if err := run(ctx, tx, sqlAddCredential, e.ID, person, credentialTOTP, "", step, k.now()); err != nil {
		return err
	}
	for h := range strings.FieldsSeq(e.Recovery) {
		if err := k.addCredential(ctx, tx, person, credentialRecovery, h); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) addCredential(ctx context.Context, tx bun.Tx, person, kind, data string) error {
	id, err := k.newID()
	if err != nil {
		return err
	}
	return run(ctx, tx, sqlAddCredential, id, person, kind, data, 0, k.now())
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

// dropEnrolment removes an enrolment and its sealed seed.
func (k *Keeper) dropEnrolment(ctx context.Context, tx bun.Tx, e enrolmentRow) error {
	if err := k.vault.Drop(ctx, tx, nightjar.Installation, seedName(e.ID)); err != nil {
		return fmt.Errorf("drop a sealed seed: %w", err)
	}
	return run(ctx, tx, sqlDropEnrolment, e.Hash)
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

func enrolmentOver() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "this enrolment is over: half an hour passed, or too many codes were wrong",
		Hint: "open the link again, or begin the setup anew, and scan the new code",
	}
}

func wrongCode() error {
	return &nightjar.Error{
		Code: nightjar.CodeUnauthenticated, Message: "the code is not right",
		Hint: "wait for the authenticator's next code; when it keeps failing, set the clock of the phone to automatic",
	}
}

// orElse returns err, or other when there is none.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func orTaken(err error, name string) error {
	return orElse(err, &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("there is a person named %q already", name), Hint: "choose another name"})
}
