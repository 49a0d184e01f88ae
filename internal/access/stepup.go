package access

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
)

// StepUp asks a person who is signed in for a code again, before something
// that matters. The session is fresh for five minutes afterwards.
func (k *Keeper) StepUp(ctx context.Context, who Identity, code string) error {
	if who.Kind != KindPerson || who.Session == "" {
		return onlyPeople()
	}
	try, err := k.limits.begin(nameKey(who.Name), who.Address)
	if err != nil {
		return err
	}
	proof, err := k.prove(ctx, who.ID, code)
	if err != nil {
		try.withdrawn()
		return err
	}
	var refused error
	err = k.inTx(ctx, func(ctx context.Context, tx bun.Tx) (nightjar.AuditEntry, error) {
		e := nightjar.AuditEntry{Actor: who.Actor(), Address: who.Address, Action: nightjar.ActionStepUp, Target: who.Name}
		factor, ok, err := proof.spend(ctx, tx, k.now())
		if err != nil {
			return e, err
		}
		e.Detail = map[string]string{"factor": factor}
		if !ok {
			refused, e.Outcome = wrongCode(), nightjar.OutcomeFailure
			return e, nil
		}
		refused = nil
		return e, run(ctx, tx, sqlStepUp, k.now(), who.Session, who.ID)
	})
	switch {
	case err != nil:
		try.withdrawn()
		return fmt.Errorf("step up: %w", err)
	case refused != nil:
		return refused
	}
	try.succeeded()
	return nil
}

// Fresh reports whether both factors, or a code again, were given within the
// last five minutes. A token and the command line cannot step up: a token was
// made by somebody who did, and can do only what its scopes name.
func (k *Keeper) Fresh(who Identity) bool {
	switch who.Kind {
	case KindPerson:
		age := k.clock.Since(who.Authenticated)
		return age >= 0 && age <= freshFor
	case KindToken, KindOperator:
		return true
	}
	return false
}
