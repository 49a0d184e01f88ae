package access

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// BeginPasskeyStepUp returns what a browser needs to prove again, with one of
// the person's own passkeys, who is signed in.
func (k *Keeper) BeginPasskeyStepUp(ctx context.Context, who Identity, site Site) ([]byte, error) {
	h, err := k.holderAt(ctx, who, site)
	if err != nil {
		return nil, err
	}
	if site.Trouble == "" && len(h.keys) == 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeConflict, Message: "you have no passkey for " + site.Name, Hint: "give a code instead"}
	}
	options, challenge, err := requestOptions(site, &h)
	if err != nil {
		return nil, err
	}
	return options, k.beginCeremony(ctx, ceremonyStepUp, who.Session, challenge)
}

// StepUpByPasskey is StepUp with the browser's AuthenticationResponseJSON in
// place of a code.
func (k *Keeper) StepUpByPasskey(ctx context.Context, who Identity, site Site, answer []byte) error {
	if who.Kind != KindPerson || who.Session == "" {
		return onlyPeople()
	}
	parsed, row, err := k.readAnswer(ctx, answer)
	if err != nil {
		return err
	}
	try, err := k.limits.begin(nameKey(who.Name), who.Address)
	if err != nil {
		return err
	}
	if err := k.takeCeremony(ctx, ceremonyStepUp, who.Session, parsed.Response.CollectedClientData.Challenge); err != nil {
		if nightjar.CodeOf(err) != nightjar.CodeUnauthenticated {
			try.withdrawn()
		}
		return asked(err)
	}
	var s signature
	if row.Person == who.ID {
		s, err = checkAnswer(site, personRow{ID: who.ID, Name: who.Name}, row, parsed)
		if err != nil && nightjar.CodeOf(err) != nightjar.CodeUnauthenticated {
			try.withdrawn()
			return err
		}
	}
	var refused error
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		refused = nil
		e := nightjar.AuditEntry{
			Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionStepUp, Target: who.Name, Detail: map[string]string{"factor": string(WayPasskey)},
		}
		ok, back, err := s.spend(ctx, tx, who.ID, k.now())
		if err != nil {
			return e, err
		}
		if ok {
			return e, run(ctx, tx, sqlStepUp, k.now(), who.Session, who.ID)
		}
		refused, e.Outcome = notAPasskey(nil), nightjar.OutcomeFailure
		if back {
			refused, e.Detail["counter"] = copiedPasskey(), "went back"
		}
		return e, nil
	})
	switch {
	case err != nil:
		try.withdrawn()
		return fmt.Errorf("step up by a passkey: %w", err)
	case refused != nil:
		return asked(refused)
	}
	try.succeeded()
	return nil
}
