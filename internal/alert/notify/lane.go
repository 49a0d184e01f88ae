package notify

import (
	"context"
	"errors"
	"time"

	"github.com/nightjar-sec/nightjar/internal/clock"
)

// lane is the queue of one channel. What its sink does, hang or fail, holds up
// no other lane.
type lane struct {
	n    *Notifier
	id   string
	woke chan struct{}
	stop context.CancelFunc
	done chan struct{}

	// The sink is made anew when the channel changes.
	sink    Sink
	version int64

	// Of the loop alone.
	sent   []time.Time  // of the last minute
	failed int          // attempts in a row that say the sink is in trouble
	last   int64        // the message that failed last
	until  time.Time    // nothing is tried before
	asked  int64        // the version of the channel; another one ends the pause
	owed   func() error // writes what became of the last message; nil when it is written
}

func (n *Notifier) newLane(id string) *lane {
	return &lane{n: n, id: id, woke: make(chan struct{}, 1), done: make(chan struct{})}
}

// stir has the lane look at what there is to do.
func (l *lane) stir() {
	select {
	case l.woke <- struct{}{}:
	default:
	}
}

const (
	// idle is how long a lane waits that has nothing to do; it is woken when
	// it has.
	idle = 5 * time.Minute
	// afterTrouble is how long a lane waits when the catalog fails.
	afterTrouble = 5 * time.Second
	// sendTimeout bounds one attempt, and stopGrace what is left of it when
	// the process stops.
	sendTimeout = 60 * time.Second
	stopGrace   = 3 * time.Second
)

// run works the queue until ctx ends.
func (l *lane) run(ctx context.Context) {
	defer close(l.done)
	for ctx.Err() == nil {
		wait, err := l.step(ctx)
		if err != nil && ctx.Err() == nil {
			l.n.log.ErrorContext(ctx, "the outbox cannot be worked", "channel", l.id, "error", err)
			wait = afterTrouble
		}
		if wait <= 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-l.woke:
		case <-l.n.clock.After(wait):
		}
	}
}

// step sends at most one message, and says how long to wait before the next step.
func (l *lane) step(ctx context.Context) (wait time.Duration, err error) {
	if err := l.pay(); err != nil {
		return 0, err
	}
	p, err := l.n.current(ctx, l.n.db)
	if err != nil {
		return 0, err
	}
	c, known := p.channels[l.id]
	if !known || !c.Enabled {
		return idle, nil
	}
	next, err := l.n.pending(ctx, l.id)
	if err != nil {
		return 0, err
	}
	now := l.n.clock.Now()
	if next.IsZero() {
		return idle, nil
	}
	if next.After(now) {
		return min(next.Sub(now), idle), nil
	}
	if l.asked != c.Version {
		// Somebody repaired the channel or asks for what waits, maybe in another process.
		l.asked, l.until = c.Version, time.Time{}
	}
	if l.until.After(now) {
		return min(l.until.Sub(now), idle), nil
	}
	budget, free := l.budget(c, now)
	if budget == 0 {
		return min(free, idle), nil
	}
	row, found, err := l.n.take(ctx, c, budget)
	if err != nil {
		return 0, err
	}
	if !found {
		return firstRetry, nil // what waits, waits for something before it
	}
	l.sent = append(l.sent, now)
	return 0, l.deliver(ctx, c, row)
}

// budget is how many messages may be sent now, and when there is none, how
// long until there is.
func (l *lane) budget(c Channel, now time.Time) (left int, free time.Duration) {
	for len(l.sent) > 0 && now.Sub(l.sent[0]) >= time.Minute {
		l.sent = l.sent[1:]
	}
	if left = c.PerMinute - len(l.sent); left > 0 {
		return left, 0
	}
	return 0, l.sent[0].Add(time.Minute).Sub(now)
}

// deliver sends a message that is marked as being sent, and writes what became of it.
func (l *lane) deliver(ctx context.Context, c Channel, row messageRow) error {
	began := clock.Real().Now()
	m, err := l.n.message(ctx, row)
	var said string
	var failure *SendError
	if err != nil {
		failure = &SendError{Reason: ReasonSettings, Message: "the notices of the message cannot be read", Err: err}
	} else {
		said, failure = l.send(ctx, c, m)
	}
	l.n.metrics.attempt(c.Kind, failure, clock.Real().Since(began))
	// What became of it is written even when the process is stopping, and as
	// often as it takes: it is what keeps the message from being sent again.
	ended := l.n.now()
	l.owed = func() error {
		status, err := l.settle(context.WithoutCancel(ctx), c, row, said, failure)
		if err == nil {
			l.n.metrics.settled(c.Kind, status, m.Notices, ended)
		}
		return err
	}
	return l.pay()
}

// pay writes what became of the last message, if that is not written yet.
func (l *lane) pay() error {
	if l.owed == nil {
		return nil
	}
	if err := l.owed(); err != nil {
		return err
	}
	l.owed = nil
	return nil
}

// send hands a message to the channel's sink. When ctx ends, an attempt that
// is under way gets a little longer: to give it up leaves it in doubt.
func (l *lane) send(ctx context.Context, c Channel, m Message) (said string, failure *SendError) {
	sink, err := l.sinkOf(ctx, c)
	if err != nil {
		return "", &SendError{Reason: ReasonSettings, Message: "the channel cannot be used: " + wordsOf(err), Hint: "look at its settings", Err: err}
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	defer cancel()
	ended := context.AfterFunc(ctx, func() {
		if clock.Real().Sleep(bound, stopGrace) == nil {
			cancel()
		}
	})
	defer ended()
	said, err = sink.Send(bound, m)
	if err != nil {
		return "", sendError(err)
	}
	return said, nil
}

func (l *lane) sinkOf(ctx context.Context, c Channel) (Sink, error) {
	if l.sink != nil && l.version == c.Version {
		return l.sink, nil
	}
	sink, err := l.n.sink(ctx, c)
	if err != nil {
		return nil, err
	}
	l.sink, l.version = sink, c.Version
	return sink, nil
}

// errStopped is why lanes end.
var errStopped = errors.New("the notifier stopped")
