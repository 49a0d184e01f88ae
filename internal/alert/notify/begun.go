package notify

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// begun are the channels beside the chosen ones that were told of an alert
// which somebody takes up or closes: it may be less grave by now than their
// route asks for, and an incident that was begun there has to end there. A
// channel that no route of its tenant names any more is not among them, and
// what one that takes the alert does not tell is not told by another.
func (n *Notifier) begun(ctx context.Context, db bun.IDB, p plan, notice Notice, chosen []receiver) ([]receiver, error) {
	if notice.State != StateAcknowledged && notice.State != StateClosed {
		return nil, nil
	}
	told, err := toldOf(ctx, db, notice.Alert)
	if err != nil {
		return nil, err
	}
	var out []receiver
	named := p.named(notice)
	for _, r := range p.routes {
		if !among(r.Tenants, notice.Tenant) {
			continue
		}
		for _, id := range r.Channels {
			c, known := p.channels[id]
			if known && slices.Contains(told, id) && !reaches(named, id) && !reaches(chosen, id) && !reaches(out, id) && r.tells(notice.State, n.kinds[c.Kind]) {
				out = append(out, receiver{r, id})
			}
		}
	}
	return out, nil
}

// toldOf are the channels that are told of an alert, or will be: as far back as
// what was sent is kept. An opening that was given up counts too. Somebody may
// have it sent again, and the end that is told after it keeps that from opening
// what is closed.
func toldOf(ctx context.Context, db bun.IDB, alertID string) (channels []string, err error) {
	if err := db.NewRaw(sqlTold, alertID).Scan(ctx, &channels); err != nil {
		return nil, fmt.Errorf("look for who was told: %w", catalog.Translate(err))
	}
	return channels, nil
}

const sqlTold = `SELECT DISTINCT channel FROM notify_notices WHERE alert = ?`
