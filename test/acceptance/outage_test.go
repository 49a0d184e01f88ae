package acceptance

import (
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

const day = 24 * time.Hour

// longLived keeps tokens valid through days that pass in seconds: client
// libraries age a token by the machine's clock, not by the rehearsal's.
const longLived = 365 * day

// awaitCaughtUp waits until the daemon has listed the content of moment to and
// stored all that is listed.
func (l *lab) awaitCaughtUp(to time.Time) {
	l.t.Helper()
	tick := time.NewTicker(time.Second) // another process has no signal to wait for
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		behind := ""
		for _, f := range l.coverage().Feeds {
			if f.ListedTo.Before(to) || f.Total.Pending > 0 {
				behind = f.Feed
			}
		}
		if behind == "" {
			return
		}
		if time.Since(began) > 5*time.Minute {
			l.t.Fatalf("%s has not caught up to %s; now is %s", behind, to, l.clock.Now())
		}
	}
}

// wantNoGaps wants every feed to have been had without a break.
func (l *lab) wantNoGaps() {
	l.t.Helper()
	for _, f := range l.coverage().Feeds {
		if len(f.Gaps) != 0 || f.Total.Lost != 0 || f.Total.Quarantined != 0 {
			l.t.Errorf("%s: %+v, gaps %+v", f.Feed, f.Total, f.Gaps)
		}
	}
}

// A machine that is off for six days: killed in the middle of its backlog, and
// started again when the rest of it is about to expire.
func TestSixDaysOffAreCaughtUp(t *testing.T) {
	t.Parallel()
	l := newLab(t, 60, sim.Scenario{Seed: 1, Quota: -1, TokenLifetime: longLived}, sim.TenantConfig{
		// What is made while the journal is read would be missed.
		Events: realEvents(t), Backlog: 7*day - time.Hour, Ahead: 6 * day, EventsPerBlob: 10,
	}, "")
	d := l.serve()
	l.awaitCaughtUp(l.clock.Now())
	d.kill()
	l.jump(6 * day)
	l.serve()
	l.awaitCaughtUp(l.clock.Now())
	l.exact()
	l.wantNoGaps()
}

// A daemon that runs while Microsoft does not answer for six days: a day in
// four seconds.
func TestSixDaysWithoutAnAnswerAreCaughtUp(t *testing.T) {
	t.Parallel()
	// Content is kept for a day longer than the outage: twelve seconds of the
	// wall's time, so that a busy machine cannot miss it.
	l := newLab(t, 7200, sim.Scenario{
		Seed: 2, Quota: -1, TokenLifetime: longLived,
		Outages: []sim.Outage{{From: day, For: 6 * day}},
	}, sim.TenantConfig{
		Events: realEvents(t), Backlog: 5 * day, Ahead: 9 * day, EventsPerBlob: 50,
	}, "collect:\n  poll_interval: 30m\n")
	began := l.clock.Now()
	l.serve()
	l.awaitCaughtUp(began.Add(9*day + time.Hour)) // by then all content exists
	var failures struct{ N int }
	l.decode(l.nightjar(0, "query", "--format", "ndjson", "SELECT count(*) AS n FROM collectors_out WHERE action = 'failed' AND contains(message, 'collector failed')"), &failures)
	if failures.N < 5 {
		t.Errorf("the outage made %d failures: it was not noticed", failures.N)
	}
	l.exact()
	l.wantNoGaps()
}
