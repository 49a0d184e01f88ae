package access

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const (
	recoveryCount = 10
	// recoveryBytes are 80 bits: a hash of them cannot be searched, so that
	// recovery codes need no slow hash.
	recoveryBytes = 10
	recoveryText  = 16 // characters of base32
)

// recoveryCodes makes ten codes in the form abcd-efgh-ijkl-mnop.
func (k *Keeper) recoveryCodes() (codes []secret.Value, hashes []string, err error) {
	for range recoveryCount {
		b, err := k.bytes(recoveryBytes)
		if err != nil {
			return nil, nil, err
		}
		text := strings.ToLower(base32Text().EncodeToString(b))
		code := strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
		codes = append(codes, secret.New(code))
		hashes = append(hashes, recoveryHash(code))
	}
	return codes, hashes, nil
}

// recoveryHash is how a recovery code is kept; "" when it has not their form.
func recoveryHash(code string) string {
	text := strings.ToLower(digits(code))
	if len(text) != recoveryText {
		return ""
	}
	return hashOf("recovery " + text)
}

// spendRecovery uses a person's recovery code up, given its hash; false when
// there is none such.
func spendRecovery(ctx context.Context, tx bun.Tx, person, hash string) (bool, error) {
	codes, err := many[credentialRow](ctx, tx, sqlCredentials, person, credentialRecovery)
	if err != nil {
		return false, err
	}
	for _, c := range codes {
		if c.Data == hash {
			return true, run(ctx, tx, sqlDropCredential, c.ID)
		}
	}
	return false, nil
}

// isRecovery returns the hash of a recovery code that somebody without a
// password, whose way in is a passkey, gives in place of one; otherwise "".
func (k *Keeper) isRecovery(ctx context.Context, person personRow, own credentialRow, typed secret.Value) (string, error) {
	hash := recoveryHash(typed.Reveal())
	if hash == "" || person.ID == "" || own.ID != "" {
		return "", nil
	}
	in, err := waysOf(ctx, k.db, person.ID)
	if err != nil || !slices.Contains(in, WayPasskey) {
		return "", err
	}
	codes, err := many[credentialRow](ctx, k.db, sqlCredentials, person.ID, credentialRecovery)
	if err != nil || !slices.ContainsFunc(codes, func(c credentialRow) bool { return c.Data == hash }) {
		return "", err
	}
	return hash, nil
}

// NewRecoveryCodes replaces a person's recovery codes. They are shown once.
func (k *Keeper) NewRecoveryCodes(ctx context.Context, who Identity) ([]secret.Value, error) {
	if who.Kind != KindPerson {
		return nil, onlyPeople()
	}
	codes, hashes, err := k.recoveryCodes()
	if err != nil {
		return nil, err
	}
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{
			Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionPersonCredential, Target: who.Name,
			Detail: map[string]string{"change": "recovery codes"},
		}
		if err := run(ctx, tx, sqlDropCredentials, who.ID, credentialRecovery); err != nil {
			return e, err
		}
		for _, h := range hashes {
			if err := k.addCredential(ctx, tx, who.ID, credentialRecovery, h); err != nil {
				return e, err
			}
		}
		return e, nil
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// RecoveryCodesLeft returns how many recovery codes a person has not used.
func (k *Keeper) RecoveryCodesLeft(ctx context.Context, who Identity) (int, error) {
	codes, err := many[credentialRow](ctx, k.db, sqlCredentials, who.Person, credentialRecovery)
	return len(codes), err
}

func onlyPeople() error {
	return &nightjar.Error{Code: nightjar.CodeForbidden, Message: "only a person who is signed in can do this", Hint: "sign in to the console"}
}
