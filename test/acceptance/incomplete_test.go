package acceptance

import (
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sim"
)

// small is a generated tenant that is collected in a moment.
var small = sim.TenantConfig{People: 5, EventsPerDay: 40}

func TestFeedWithoutPermissionEndsIncomplete(t *testing.T) {
	t.Parallel()
	l := newLab(t, 10, sim.Scenario{Seed: 1, Quota: -1, Unauthorised: []string{"DLP.All"}}, small, "")
	s := l.collect(5)
	if s.Complete || s.Reason == "" {
		t.Errorf("the summary says complete=%v, reason %q", s.Complete, s.Reason)
	}
	for _, f := range s.Feeds {
		if denied := f.Feed == "DLP.All"; f.Complete == denied || denied != (f.Reason != "") {
			t.Errorf("the summary of %s is %+v", f.Feed, f)
		}
	}
	if f := s.feed("Audit.Exchange"); f.Stored == 0 || f.Listed == 0 || f.Fetched != f.Listed {
		t.Errorf("the summary of Audit.Exchange is %+v", f)
	}
	l.exact()
}

func TestServiceThatDoesNotAnswerEndsIncomplete(t *testing.T) {
	t.Parallel()
	l := newLab(t, 600, sim.Scenario{Seed: 1, Quota: -1, Outages: []sim.Outage{{For: 365 * day}}}, small, "")
	s := l.collect(5, "--max-wait", "20m")
	if s.Complete || !strings.Contains(s.Reason, "20m") {
		t.Errorf("the summary says complete=%v, reason %q", s.Complete, s.Reason)
	}
	for _, f := range s.Feeds {
		if f.Complete || f.Reason == "" || f.Stored != 0 {
			t.Errorf("the summary of %s is %+v", f.Feed, f)
		}
	}
}

// What is lost is said by the run that loses it, and by coverage ever after.
func TestNineDaysOffLeaveOneNamedGap(t *testing.T) {
	t.Parallel()
	l := newLab(t, 1, sim.Scenario{Seed: 1, Quota: -1, TokenLifetime: longLived}, sim.TenantConfig{
		People: 5, EventsPerDay: 40, Live: true,
	}, "")
	if s := l.collect(0); !s.Complete {
		t.Errorf("the summary is %+v", s)
	}
	l.nightjar(0, "coverage", "--tenant", tenantName, "--fail-on", "gap")
	off := l.clock.Now()
	l.jump(9 * day)
	s := l.collect(5)
	for _, f := range s.Feeds {
		if f.Complete || f.Gaps != 1 || !strings.Contains(f.Reason, "gaps: 1") {
			t.Errorf("the summary of %s is %+v", f.Feed, f)
		}
	}
	lost := l.clock.Now().Add(-7 * day)
	for _, f := range l.coverage().Feeds {
		if len(f.Gaps) != 1 || f.Gaps[0].Reason != "outage" ||
			f.Gaps[0].From.Sub(off).Abs() > 2*time.Minute || f.Gaps[0].To.Sub(lost).Abs() > 10*time.Minute {
			t.Errorf("the gaps of %s are %+v, want one from %s to %s", f.Feed, f.Gaps, off, lost)
		}
	}
	l.nightjar(3, "coverage", "--tenant", tenantName, "--fail-on", "gap", "--from", off.Add(-day).Format(time.RFC3339))
	if again := l.collect(0); !again.Complete {
		t.Errorf("the gap is found again: %+v", again)
	}
}
