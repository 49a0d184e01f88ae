package connect

import (
	"context"
	"strings"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

func TestMicrosoftsDelayIsWaitedForAndSurvivesARestart(t *testing.T) {
	consenting(t, sim.Scenario{ConsentDelay: 12 * time.Minute}, func(c *sim.TenantConfig) { c.Subscribed = false }, func(t *testing.T, o *office) {
		a := o.consent(ConsentRequest{}, admin)
		held := o.await(a.ID, "told of the delay", func(a Attempt) bool { return a.step(AttemptTokenWorks).Detail != "" })
		if s := held.step(AttemptTokenWorks); s.Status != AttemptStepWaiting || s.Cause != CauseMissingConsent || s.Remedy != "" {
			t.Errorf("at first: %+v", s)
		}
		// After some minutes the step says what might be wrong, and is still tried.
		held = o.await(a.ID, "impatient", func(a Attempt) bool { return a.step(AttemptTokenWorks).Status == AttemptStepFailed })
		if s := held.step(AttemptTokenWorks); s.Remedy == "" || held.Status != AttemptChecking {
			t.Errorf("later: %+v", s)
		}
		if list, err := o.c.List(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("connected before the permissions are there: %v %v", list, err)
		}
		// Another process goes on where this one was.
		o.halt()
		o.run()
		granted := o.await(a.ID, "granted", func(a Attempt) bool { return a.done(AttemptAuditingOn) })
		if granted.Connection != "contoso" {
			t.Errorf("no connection once the permissions are there: %+v", granted)
		}
		o.progress = Progress{Subscribed: 5}
		o.await(a.ID, "subscribed", func(a Attempt) bool { return a.done(AttemptSubscriptionsStart) })
		if _, err := o.c.SaveConsent(t.Context(), a.ID, "contoso", kim); err != nil {
			t.Errorf("it cannot be saved while content is waited for: %v", err)
		}
		o.progress = arrived()
		if a = o.over(a.ID); a.Status != AttemptConnected || !a.Saved {
			t.Errorf("at the end: %+v", a)
		}
	})
}

func TestWhatAPersonDoesDuringARoundIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(ctx context.Context, o *office, id string) (Attempt, error)
		want func(Attempt) bool
	}{
		"save": {func(ctx context.Context, o *office, id string) (Attempt, error) {
			return o.c.SaveConsent(ctx, id, "west", kim)
		}, func(a Attempt) bool { return a.Status == AttemptConnected && a.Saved && a.Connection == "west" }},
		"cancel": {func(ctx context.Context, o *office, id string) (Attempt, error) {
			return o.c.CancelConsent(ctx, id, kim)
		}, func(a Attempt) bool { return a.Status == AttemptCancelled }},
	} {
		t.Run(name, func(t *testing.T) {
			consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
				a := o.consent(ConsentRequest{}, admin)
				o.halt()
				did := false
				o.cfg.Progress = func(ctx context.Context, _ nightjar.TenantID) (Progress, error) {
					if !did {
						did = true
						if _, err := c.do(ctx, o, a.ID); err != nil {
							t.Error(err)
						}
					}
					return arrived(), nil
				}
				o.run()
				o.over(a.ID)
				time.Sleep(time.Hour)
				if got, err := o.c.Attempt(t.Context(), a.ID); err != nil || !c.want(got) {
					t.Errorf("%+v, %v", got, err)
				}
			})
		})
	}
}

func TestCancelledAttemptTakesItsConnectionAlong(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		a := o.consent(ConsentRequest{}, admin)
		o.await(a.ID, "connected", func(a Attempt) bool { return a.Connection != "" })
		a, err := o.c.CancelConsent(t.Context(), a.ID, kim)
		if err != nil || a.Status != AttemptCancelled {
			t.Fatalf("%+v, %v", a, err)
		}
		if list := o.list(); list != "" {
			t.Errorf("still connected: %s", list)
		}
		_, err = o.c.SaveConsent(t.Context(), a.ID, "contoso", kim)
		wantCode(t, err, nightjar.CodeConflict)
		// It has nothing left to take along: the tenant is connected by another now.
		again := o.consent(ConsentRequest{}, admin)
		o.await(again.ID, "connected", func(a Attempt) bool { return a.Connection != "" })
		if _, err := o.c.CancelConsent(t.Context(), a.ID, kim); err != nil {
			t.Error(err)
		}
		if list := o.list(); list != "contoso" {
			t.Errorf("connected: %q", list)
		}
	})
}

func TestAttemptsThatCannotSucceedEndWithTheirCause(t *testing.T) {
	cases := map[string]struct {
		tenant    func(*sim.TenantConfig)
		progress  Progress
		cause     Cause
		says      string
		remedy    string
		connected bool
		step      AttemptStepName
		soon      bool // shown as failed at once, though it is tried on
	}{
		"auditing off": {
			tenant: func(c *sim.TenantConfig) { c.AuditDisabled = true },
			cause:  CauseAuditingOff, says: "Auditing is off", remedy: "Start recording", connected: true, step: AttemptAuditingOn, soon: true,
		},
		"conditional access for applications": {
			tenant: func(c *sim.TenantConfig) { c.PolicyBlocks = true },
			cause:  CausePolicy, says: "conditional access", remedy: "policy", step: AttemptTokenWorks, soon: true,
		},
		"no content for a day": {
			progress: Progress{Subscribed: 5}, cause: CauseNoContent, says: "no content for a day", remedy: "Purview", connected: true,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			consenting(t, sim.Scenario{}, c.tenant, func(t *testing.T, o *office) {
				o.progress = c.progress
				a := o.consent(ConsentRequest{}, admin)
				if c.soon {
					a = o.await(a.ID, "told", func(a Attempt) bool { return a.step(c.step).Status == AttemptStepFailed })
					if s := a.step(c.step); a.Status != AttemptChecking || s.Cause != c.cause || s.Remedy == "" {
						t.Errorf("told %+v", a)
					}
				}
				a = o.over(a.ID)
				if a.Status != AttemptFailed || a.Cause != c.cause || !strings.Contains(a.Detail, c.says) || !strings.Contains(a.Remedy, c.remedy) {
					t.Errorf("at the end: %+v", a)
				}
				if connected := o.list() != ""; connected != c.connected {
					t.Errorf("connected: %v, want %v", connected, c.connected)
				}
			})
		})
	}
}

func TestAuditingThatIsSwitchedOnIsNoticed(t *testing.T) {
	consenting(t, sim.Scenario{AuditOffFor: 10 * time.Minute}, nil, func(t *testing.T, o *office) {
		ready := make(chan nightjar.TenantID, 10)
		o.cfg.Ready = func(tenant nightjar.TenantID) { ready <- tenant }
		o.halt()
		o.run()
		a := o.consent(ConsentRequest{}, admin)
		a = o.await(a.ID, "told", func(a Attempt) bool { return a.step(AttemptAuditingOn).Status == AttemptStepFailed })
		if s := a.step(AttemptAuditingOn); s.Cause != CauseAuditingOff || !strings.Contains(s.Remedy, "Start recording") {
			t.Errorf("told %+v", s)
		}
		a = o.await(a.ID, "on", func(a Attempt) bool { return a.done(AttemptAuditingOn) })
		if tenant := <-ready; tenant != contoso || len(ready) != 0 {
			t.Errorf("%s is said to be ready, and %d more", tenant, len(ready))
		}
		if s := a.step(AttemptAuditingOn); s.Cause != CauseNone || s.Remedy != "" || a.Status != AttemptChecking {
			t.Errorf("once it is on %+v", a)
		}
	})
}

func TestNobodyComesBack(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		a, b := o.begin(ConsentRequest{})
		b.Press(admin).Press("Accept")
		late := b.Back
		got := o.over(a.ID)
		if got.Cause != CauseConsentExpired || got.Updated.Sub(got.Created) < time.Hour {
			t.Errorf("got %+v", got)
		}
		_, err := o.c.FinishConsent(t.Context(), late, a.Browser, somewhere)
		wantCode(t, err, nightjar.CodeForbidden)
		if err := o.c.pruneConsents(t.Context(), time.Now().Add(consentsKept-time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err = o.c.Attempt(t.Context(), a.ID); err != nil {
			t.Errorf("forgotten too early: %v", err)
		}
		if err := o.c.pruneConsents(t.Context(), time.Now().Add(consentsKept+time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, err = o.c.Attempt(t.Context(), a.ID)
		wantCode(t, err, nightjar.CodeNotFound)
	})
}

func TestWhoWatchesSlowlySeesTheLast(t *testing.T) {
	consenting(t, sim.Scenario{}, nil, func(t *testing.T, o *office) {
		a, _ := o.begin(ConsentRequest{})
		slow, err := o.c.Watch(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		left, err := o.c.Watch(ctx, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if first := <-left; first.Status != AttemptConsent {
			t.Errorf("at first %+v", first)
		}
		leave()
		if _, open := <-left; open {
			t.Error("a watch goes on after its reader left")
		}
		if _, err := o.c.CancelConsent(t.Context(), a.ID, kim); err != nil {
			t.Fatal(err)
		}
		if last, open := <-slow; !open || last.Status != AttemptCancelled {
			t.Errorf("the last is %+v", last)
		}
		if _, open := <-slow; open {
			t.Error("a watch goes on after the end")
		}
		_, err = o.c.Watch(t.Context(), "nonsense")
		wantCode(t, err, nightjar.CodeNotFound)
	})
}

func TestMissingPermissionsAreNamedInTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		roles  []string
		status AttemptStatus
		cause  Cause // of the attempt, or of the step when it is done all the same
		says   string
	}{
		"none":           {[]string{}, AttemptFailed, CauseMissingConsent, "holds no permission"},
		"another":        {[]string{"ServiceHealth.Read"}, AttemptFailed, CauseMissingPermission, "ActivityFeed.Read is missing"},
		"all but DLP":    {[]string{"ActivityFeed.Read"}, AttemptConnected, CauseMissingPermission, "ActivityFeed.ReadDlp is missing"},
		"more than that": {[]string{"ActivityFeed.Read", "ActivityFeed.ReadDlp", "ServiceHealth.Read"}, AttemptConnected, CauseNone, "More is granted"},
	} {
		t.Run(name, func(t *testing.T) {
			consentingTo(t, sim.OperatorApp{Roles: c.roles}, sim.Scenario{}, nil, func(t *testing.T, o *office) {
				o.progress = arrived()
				a := o.over(o.consent(ConsentRequest{}, admin).ID)
				step := a.step(AttemptPermissionsGranted)
				if a.Status != c.status || step.Cause != c.cause || !strings.Contains(step.Detail, c.says) || step.Remedy == "" {
					t.Errorf("at the end: %+v", a)
				}
				if took := a.Updated.Sub(a.Consented); c.status == AttemptFailed && (took < consistencyLimit || a.Cause != c.cause || o.list() != "") {
					t.Errorf("after %s: %+v", took, a)
				}
			})
		})
	}
}
