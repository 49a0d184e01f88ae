package access

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Linked is an identity at a provider with which a person signs in.
type Linked struct {
	ID       string            `json:"id"`
	Provider string            `json:"provider"`
	Issuer   string            `json:"issuer"`
	Tenant   nightjar.TenantID `json:"tenant,omitempty"` // of Entra
	Subject  string            `json:"subject"`
	Account  string            `json:"account"` // for the eye
	// Mapped says that the person is here by a claim of the provider, which
	// decides at each sign-in what they may do.
	Mapped  bool      `json:"mapped"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used"` // zero when never
}

type identityRow struct {
	ID       string `bun:"id"`
	Person   string `bun:"person"`
	Provider string `bun:"provider"`
	Issuer   string `bun:"issuer"`
	Tenant   string `bun:"tenant"`
	Subject  string `bun:"subject"`
	Account  string `bun:"account"`
	Mapped   int64  `bun:"mapped"`
	Created  int64  `bun:"created"`
	Used     int64  `bun:"used"`
}

func (r identityRow) linked() Linked {
	return Linked{
		ID: r.ID, Provider: r.Provider, Issuer: r.Issuer, Tenant: nightjar.TenantID(r.Tenant), Subject: r.Subject, Account: r.Account,
		Mapped: r.Mapped != 0, Created: catalog.Time(r.Created), Used: catalog.Time(r.Used),
	}
}

// LinkedOf returns the identities of a person.
func (k *Keeper) LinkedOf(ctx context.Context, person string) ([]Linked, error) {
	rows, err := many[identityRow](ctx, k.db, sqlIdentitiesOf, person)
	return linked(rows), err
}

// AllLinked returns the identities of everybody, by person.
func (k *Keeper) AllLinked(ctx context.Context) (map[string][]Linked, error) {
	rows, err := many[identityRow](ctx, k.db, sqlIdentities)
	out := map[string][]Linked{}
	for _, r := range rows {
		out[r.Person] = append(out[r.Person], r.linked())
	}
	return out, err
}

func linked(rows []identityRow) []Linked {
	out := make([]Linked, len(rows))
	for i, r := range rows {
		out[i] = r.linked()
	}
	return out
}

// LinkIdentity gives a person who is signed in another way in. That the
// session is fresh is for the caller to see to.
func (k *Keeper) LinkIdentity(ctx context.Context, who Identity, a Assertion) error {
	if who.Kind != KindPerson {
		return onlyPeople()
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionPersonLink, Target: who.Name, Detail: a.detail()}
		if mapped, err := k.isMapped(ctx, tx, who.ID); err != nil || mapped {
			return e, orElse(err, refusal(nightjar.CodeConflict, RefusalMapped, "your provider decides what you may do, so you sign in there alone", "ask an administrator for an invitation"))
		}
		return e, k.addIdentity(ctx, tx, who.ID, a, false)
	})
}

// addIdentity links an identity that nobody has yet.
func (k *Keeper) addIdentity(ctx context.Context, tx bun.Tx, person string, a Assertion, mapped bool) error {
	found, taken, err := k.identity(ctx, tx, a)
	switch {
	case err != nil:
		return err
	case taken && found.Person == person:
		return refusal(nightjar.CodeConflict, RefusalLinked, "this account is linked to you already", "nothing is left to do")
	case taken:
		return refusal(nightjar.CodeConflict, RefusalTaken, "this account is linked to another person here", "sign in with it to see whose it is, or choose another account")
	}
	id, err := k.newID()
	if err != nil {
		return err
	}
	flag := int64(0)
	if mapped {
		flag = 1
	}
	return run(ctx, tx, sqlAddIdentity, id, person, a.Provider, a.Issuer, string(a.Tenant), a.Subject, a.Account, flag, k.now(), k.now())
}

func (k *Keeper) identity(ctx context.Context, db bun.IDB, a Assertion) (identityRow, bool, error) {
	return one[identityRow](ctx, db, sqlIdentity, a.Issuer, string(a.Tenant), a.Subject)
}

// isMapped reports whether a claim of a provider decides what a person may do.
func (k *Keeper) isMapped(ctx context.Context, db bun.IDB, person string) (bool, error) {
	_, mapped, err := one[identityRow](ctx, db, sqlMappedOf, person)
	return mapped, err
}

// UnlinkIdentity takes a way in from the person who asks, unless it is the last.
func (k *Keeper) UnlinkIdentity(ctx context.Context, who Identity, id string) error {
	if who.Kind != KindPerson {
		return onlyPeople()
	}
	return k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionPersonUnlink, Target: who.Name}
		if err := k.unlink(ctx, tx, who.ID, id, &e); err != nil {
			return e, err
		}
		return e, run(ctx, tx, sqlDropSessions, who.ID, who.Session)
	})
}

// Unlink takes a way in from another person, unless it is the last; whoever is
// to have none is disabled. It ends the person's sessions.
func (k *Keeper) Unlink(ctx context.Context, by Identity, person, id string) error {
	return k.change(ctx, by, person, nightjar.ActionPersonUnlink, func(ctx context.Context, tx bun.Tx, p personRow, e *nightjar.AuditEntry) error {
		if err := k.unlink(ctx, tx, p.ID, id, e); err != nil {
			return err
		}
		return run(ctx, tx, sqlDropSessions, p.ID, "")
	})
}

func (k *Keeper) unlink(ctx context.Context, tx bun.Tx, person, id string, e *nightjar.AuditEntry) error {
	rows, err := many[identityRow](ctx, tx, sqlIdentitiesOf, person)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ID != id {
			continue
		}
		if r.Mapped != 0 && e.Actor.ID == person {
			return refusal(nightjar.CodeConflict, RefusalMapped, "your provider decides what you may do, so you sign in there alone", "ask an administrator for an invitation")
		}
		e.Detail = map[string]string{"provider": r.Provider, "issuer": r.Issuer, "subject": r.Subject}
		if err := run(ctx, tx, sqlDropIdentity, id, person); err != nil {
			return err
		}
		left, err := waysOf(ctx, tx, person)
		if err != nil || len(left) == 0 {
			return orElse(err, refusal(nightjar.CodeConflict, RefusalLast, "this is the only way in", "add a passkey or link another account first; an administrator can make a link to set a password, or disable the person"))
		}
		return nil
	}
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: "there is no such identity", Hint: "load the list again"}
}
