package access

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// BeginPasskey returns what a browser needs to make a passkey for a person who
// is signed in: PublicKeyCredentialCreationOptions in JSON. AddPasskey takes
// the browser's answer within five minutes, from the same session.
func (k *Keeper) BeginPasskey(ctx context.Context, who Identity, site Site) ([]byte, error) {
	h, err := k.holderAt(ctx, who, site)
	if err != nil {
		return nil, err
	}
	options, challenge, err := creationOptions(site, h)
	if err != nil {
		return nil, err
	}
	return options, k.beginCeremony(ctx, ceremonyAdd, who.Session, challenge)
}

// AddPasskey ends what BeginPasskey began. answer is the browser's
// RegistrationResponseJSON, name what the person calls the passkey.
func (k *Keeper) AddPasskey(ctx context.Context, who Identity, site Site, name string, answer []byte) (Passkey, error) {
	if who.Kind != KindPerson || who.Session == "" {
		return Passkey{}, onlyPeople()
	}
	name, err := CleanName(name)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := parseCreation(answer)
	if err != nil {
		return Passkey{}, err
	}
	if err := k.takeCeremony(ctx, ceremonyAdd, who.Session, parsed.Response.CollectedClientData.Challenge); err != nil {
		return Passkey{}, asked(err)
	}
	row, err := created(site, holder{id: who.ID, name: who.Name}, parsed)
	if err != nil {
		return Passkey{}, asked(err)
	}
	row.Person, row.Name = who.ID, name
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{
			Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionPersonCredential, Target: who.Name,
			Detail: map[string]string{"change": "passkey added", "passkey": name},
		}
		before, err := many[passkeyRow](ctx, tx, sqlPasskeys, who.ID)
		if err != nil {
			return e, err
		}
		if len(before) >= maxPasskeys {
			return e, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("you have %d passkeys already", len(before)), Hint: "remove one that you no longer use"}
		}
		row, err = k.putPasskey(ctx, tx, row)
		return e, err
	})
	return row.passkey(), err
}

// putPasskey stores a new passkey.
func (k *Keeper) putPasskey(ctx context.Context, tx bun.Tx, r passkeyRow) (passkeyRow, error) {
	if _, taken, err := one[passkeyRow](ctx, tx, sqlPasskey, r.Credential); err != nil || taken {
		return r, orElse(err, &nightjar.Error{Code: nightjar.CodeConflict, Message: "this passkey is known already", Hint: "make a new one"})
	}
	var err error
	if r.ID, err = k.newID(); err != nil {
		return r, err
	}
	r.Created = k.now()
	return r, run(ctx, tx, sqlAddPasskey, r.ID, r.Person, r.Name, r.Credential, r.PublicKey, r.Site, r.Flags, r.Transports, r.Counter, r.Created)
}

// maxAnswer bounds what a browser answers, in bytes: 4 kB are usual.
const maxAnswer = 32 << 10

func parseCreation(answer []byte) (*protocol.ParsedCredentialCreationData, error) {
	if len(answer) > maxAnswer {
		return nil, unreadable(nil)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, unreadable(err)
	}
	return parsed, nil
}

func unreadable(err error) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the passkey's answer cannot be read", Hint: "try again, or with another browser", Err: err}
}

// asked makes a refusal to somebody who is signed in one that does not look
// like the end of the session.
func asked(err error) error {
	e, ok := errors.AsType[*nightjar.Error](err)
	if !ok || e.Code != nightjar.CodeUnauthenticated {
		return err
	}
	same := *e
	same.Code = nightjar.CodeInvalid
	return &same
}
