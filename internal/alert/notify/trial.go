package notify

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Trial is what came of a test message.
type Trial struct {
	OK            bool
	Said          string
	Problem, Hint string
	Took          time.Duration
}

// Test sends a test message now, beside what waits, and says what came of it.
func (n *Notifier) Test(ctx context.Context, id string) (Trial, error) {
	c, err := channel(ctx, n.db, id)
	if err != nil {
		return Trial{}, err
	}
	sink, err := n.sink(ctx, c)
	if err != nil {
		return Trial{}, err
	}
	random := make([]byte, 16)
	if _, err := io.ReadFull(n.random, random); err != nil {
		return Trial{}, fmt.Errorf("make a key: %w", err)
	}
	bound, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	began := clock.Real().Now()
	said, err := sink.Send(bound, Message{Key: hex.EncodeToString(random), Channel: id, Test: true, Created: n.now(), Link: n.link("")})
	t := Trial{OK: err == nil, Said: said, Took: clock.Real().Since(began)}
	if err != nil {
		e := sendError(err)
		t.Said, t.Problem, t.Hint = e.Said, e.Message, e.Hint
		return t, nil
	}
	if c.FailingSince.IsZero() {
		return t, nil
	}
	if err := n.hurry(ctx, id); err != nil {
		// The message arrived all the same, and what waits is tried in its turn.
		n.log.WarnContext(ctx, "what waits for a channel cannot be hurried", "channel", c.Name, "error", err)
	}
	return t, nil
}

// hurry has what waits for a channel tried now: it works again.
func (n *Notifier) hurry(ctx context.Context, id string) error {
	return n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := micros(n.now())
		if err := exec(ctx, tx, sqlHurry, now, id, now); err != nil {
			return err
		}
		catalog.AfterCommit(ctx, n.wakeAll)
		if err := exec(ctx, tx, sqlAsk, id); err != nil {
			return err
		}
		return exec(ctx, tx, sqlRevise)
	})
}

// testTimeout is below that of a request to the API.
const testTimeout = 25 * time.Second
