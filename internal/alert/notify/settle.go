package notify

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

const (
	// A message is tried again after firstRetry, then after twice as long, and
	// so on to lastRetry.
	firstRetry, lastRetry = 5 * time.Second, 15 * time.Minute
	// A sink in trouble is left alone by firstPause, and so on to lastPause.
	firstPause, lastPause = 2 * time.Second, 5 * time.Minute
)

// backoff is how long to wait after so many failures, give or take a fifth, so
// that those who failed together do not come back together.
func backoff(failures int, first, last time.Duration) time.Duration {
	d := first << min(max(failures-1, 0), 16)
	d = min(d, last)
	return d - d/5 + rand.N(2*d/5+1) //nolint:gosec // jitter needs no secrecy
}

// settle writes what became of a message, and returns it.
func (l *lane) settle(ctx context.Context, c Channel, row messageRow, said string, failure *SendError) (Status, error) {
	now := l.n.now()
	if failure == nil {
		outage := l.failed > 1
		l.failed, l.last, l.until = 0, 0, time.Time{}
		return StatusSent, l.arrived(ctx, c, row, said, now, outage)
	}
	l.n.log.WarnContext(ctx, "a message was not taken", "channel", c.Name, "kind", c.Kind, "reason", string(failure.Reason), "attempt", row.Attempts, "said", failure.Said, "error", failure.Message)
	l.pause(row, failure, now)
	next := later(now.Add(cmp.Or(failure.RetryAfter, backoff(row.Attempts, firstRetry, lastRetry))), l.until)
	status, repeated := StatusQueued, false
	if failure.Doubtful {
		status, repeated = l.n.inDoubt(c)
	}
	if failure.Permanent || status == StatusQueued && !now.Before(timeOf(row.Deadline)) {
		status = StatusDead
	}
	err := l.n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := exec(ctx, tx, sqlFailed, string(status), micros(next), repeated, failure.Message, failure.Said, row.ID); err != nil {
			return err
		}
		return exec(ctx, tx, sqlWentBadly, micros(now), failure.Message, c.ID)
	})
	l.n.warn(nightjar.WarnNotifierFailing, c.Name, map[string]string{"channel": c.Name, "problem": failure.Message})
	return status, err
}

// pause holds the whole lane back when it is the sink that is in trouble, and
// not one message: the network says so, or a second message fails too.
func (l *lane) pause(row messageRow, failure *SendError, now time.Time) {
	if failure.Permanent {
		return
	}
	ofSink := failure.Reason != ReasonServer && failure.Reason != ReasonMessage
	if l.failed > 0 || ofSink || l.last != 0 && l.last != row.ID {
		l.failed++
	}
	l.last = row.ID
	if l.failed > 0 {
		l.until = now.Add(max(failure.RetryAfter, backoff(l.failed, firstPause, lastPause)))
	}
}

func (l *lane) arrived(ctx context.Context, c Channel, row messageRow, said string, now time.Time, outage bool) error {
	err := l.n.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := exec(ctx, tx, sqlArrived, said, micros(now), row.ID); err != nil {
			return err
		}
		if outage {
			// The sink is back: what waits need not wait longer.
			if err := exec(ctx, tx, sqlHurry, micros(now), c.ID, micros(now)); err != nil {
				return err
			}
		}
		return exec(ctx, tx, sqlWentWell, micros(now), c.ID)
	})
	l.n.clearWarning(nightjar.WarnNotifierFailing, c.Name)
	return err
}

const (
	sqlFailed  = `UPDATE notify_messages SET status = ?, next = ?, repeated = repeated OR ?, problem = ?, said = ? WHERE id = ?`
	sqlArrived = `UPDATE notify_messages SET status = 'sent', problem = '', said = ?, sent = ? WHERE id = ?`
	sqlRenew   = `UPDATE notify_messages SET deadline = ? WHERE channel = ? AND status = 'queued' AND deadline < ?`
	// A notice that waits is given up so long after it was written, or was renewed.
	sqlRenewNotices = `UPDATE notify_notices SET created = ? WHERE channel = ? AND message = 0`
	sqlHurry        = `UPDATE notify_messages SET next = ? WHERE channel = ? AND status = 'queued' AND next > ?`
)
