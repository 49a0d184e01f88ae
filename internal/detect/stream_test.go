package detect

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func TestWhatIsCommittedIsFoundAtOnceAndOnlyOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, rulesOf(t, twoRules))
	now := time.Now().Truncate(time.Second)
	_, stop := b.start()
	for i := range 4 {
		b.add(event(t, fmt.Sprint("f", i), "anna@contoso.com", "203.0.113.7", now.Add(time.Duration(i)*time.Second), true))
	}
	b.add(event(t, "e1", "Emergency@contoso.com", "203.0.113.7:443", now, false))
	b.wait(1)
	stop()
	// The fifth comes to a process that was started anew.
	_, stop = b.start()
	b.add(event(t, "f4", "anna@contoso.com", "203.0.113.7", now.Add(5*time.Second), true))
	b.wait(2)
	stop()
	var reasons []string
	for _, id := range b.order {
		reasons = append(reasons, b.recorded[id].Reason)
	}
	want := []string{"Emergency@contoso.com signed in from 203.0.113.7", "5 failed sign-ins of anna@contoso.com within 10 minutes"}
	if fmt.Sprint(reasons) != fmt.Sprint(want) {
		t.Errorf("found %q, want %q", reasons, want)
	}
	if b.twice > 0 {
		t.Errorf("%d findings were recorded again", b.twice)
	}
	guess := b.recorded[b.order[1]]
	if guess.Count != 5 || len(guess.Events) != 5 || guess.Severity != nightjar.SeverityMedium || guess.Tenant != contoso ||
		len(guess.Entities) != 1 || guess.Entities[0] != (nightjar.Entity{Kind: nightjar.EntityUser, Value: "anna@contoso.com"}) {
		t.Errorf("the finding is %+v", guess)
	}
}
