package access

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

// ResumeEnrolment returns what Setup or AcceptInvite returned, for a page that
// was reloaded before the first code. The seed is the same, so that an
// authenticator which scanned it already goes on working; the recovery codes
// are new, because only the hashes of the old ones were kept. Whoever has the
// id could finish the enrolment anyway.
func (k *Keeper) ResumeEnrolment(ctx context.Context, id string) (Enrolment, error) {
	hash := hashOf(id)
	codes, hashes, err := k.recoveryCodes()
	if err != nil {
		return Enrolment{}, err
	}
	var pending enrolmentRow
	err = k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var found bool
		if pending, found, err = one[enrolmentRow](ctx, tx, sqlEnrolment, hash, k.now()); err != nil || !found || pending.Handle != "" {
			return orElse(err, enrolmentOver())
		}
		return run(ctx, tx, sqlRenewEnrolment, strings.Join(hashes, " "), hash)
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("resume an enrolment: %w", err)
	}
	seed, err := k.seed(ctx, pending.ID)
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{
		ID: id, Name: pending.Name, Secret: secret.New(base32Text().EncodeToString(seed)), URI: totpURI(seed, pending.Name), Recovery: codes,
	}, nil
}
