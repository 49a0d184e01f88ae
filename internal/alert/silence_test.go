package alert

import (
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func spray() []Matcher { return []Matcher{{MatchRule, []string{"r-spray"}}} }

func (b *bundle) silence(s Silence) Silence {
	b.t.Helper()
	if s.Kind == "" {
		s.Kind = KindSilence
	}
	s.Reason, s.Expires = "migration", time.Now().Add(time.Hour)
	s, err := b.keeper.Silence(b.t.Context(), ada(), s)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func TestASilencedAlertIsKeptAndComesBackWhenTheSilenceEndsEarly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.silence(Silence{Matchers: append(spray(), Matcher{MatchEntity, []string{"user:anna@*"}})})
	b.record(finding("r-spray", "anna@contoso.com", 0), finding("r-spray", "ben@contoso.com", 0))
	all := b.all()
	if all[0].Silence != s.ID || all[1].Suppressed() || b.out.kinds() != "opened " {
		t.Fatalf("silenced by %q and %q, told of %s", all[0].Silence, all[1].Silence, b.out.kinds())
	}
	kept, err := b.keeper.Silences(t.Context(), nil, nil)
	if err != nil || len(kept) != 1 || kept[0].Hides != 1 || kept[0].OwnerName != "Ada" || kept[0].State != SilenceActive {
		t.Fatalf("%+v, %v", kept, err)
	}
	// Closed ones do not come back.
	f := finding("r-spray", "anna@else.com", 0)
	b.record(f)
	b.change(Request{Action: ActionClose, IDs: []string{b.all()[2].ID}, Disposition: DispositionFalse})
	if _, err := b.keeper.EndSilence(t.Context(), ada(), s.ID); err != nil {
		t.Fatal(err)
	}
	if all := b.all(); all[0].Suppressed() || !all[0].Notified || b.out.kinds() != "opened opened " || b.out.told[1].Alert.ID != all[0].ID {
		t.Errorf("after the end: %+v, told of %s", all[0], b.out.kinds())
	}
	if _, err := b.keeper.EndSilence(t.Context(), ada(), s.ID); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("it ends twice: %v", err)
	}
}

func TestASilenceIsForItsTenantsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.silence(Silence{Matchers: spray(), Tenants: []nightjar.TenantID{fabrikam}})
	b.record(finding("r-spray", "anna@contoso.com", 0))
	if b.all()[0].Suppressed() {
		t.Error("an alert of another tenant is silenced")
	}
	who := ada()
	who.Tenants = []nightjar.TenantID{contoso}
	if _, err := b.keeper.EndSilence(t.Context(), who, s.ID); nightjar.CodeOf(err) != nightjar.CodeNotFound {
		t.Errorf("somebody of another tenant ends it: %v", err)
	}
	everywhere := b.silence(Silence{Matchers: spray()})
	if _, err := b.keeper.EndSilence(t.Context(), who, everywhere.ID); nightjar.CodeOf(err) != nightjar.CodeForbidden {
		t.Errorf("somebody of one tenant ends one for all: %v", err)
	}
	if kept, err := b.keeper.Silences(t.Context(), who.Tenants, nil); err != nil || len(kept) != 1 || kept[0].ID != everywhere.ID {
		t.Errorf("contoso sees %+v, %v", kept, err)
	}
}

func TestAnOpenAlertHidesWhatItExplainsUntilItIsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.silence(Silence{Kind: KindInhibition, Sources: spray(), Matchers: []Matcher{{MatchRule, []string{"r-lockout"}}}, Shared: []nightjar.EntityKind{nightjar.EntityUser}})
	b.record(finding("r-lockout", "ben@contoso.com", 0)) // before anything explains it
	b.record(finding("r-spray", "anna@contoso.com", 1), finding("r-lockout", "anna@contoso.com", 2), finding("r-lockout", "carl@contoso.com", 3))
	all := b.all()
	if all[0].Suppressed() || all[3].Suppressed() || all[2].Silence != s.ID || all[2].Inhibitor != all[1].ID || b.out.kinds() != "opened opened opened " {
		t.Fatalf("%+v, told of %s", all, b.out.kinds())
	}
	b.change(Request{Action: ActionClose, IDs: []string{all[1].ID}, Disposition: DispositionTrue})
	if all := b.all(); all[2].Suppressed() || b.out.kinds() != "opened opened opened closed opened " {
		t.Errorf("after closing what explained it: %+v, told of %s", all[2], b.out.kinds())
	}
}

func TestTwoInhibitionsDoNotHideEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lockout := []Matcher{{MatchRule, []string{"r-lockout"}}}
	b.silence(Silence{Kind: KindInhibition, Sources: spray(), Matchers: lockout})
	b.silence(Silence{Kind: KindInhibition, Sources: lockout, Matchers: spray()})
	for n := range 3 {
		b.record(finding("r-spray", "anna@contoso.com", n), finding("r-lockout", "anna@contoso.com", n))
	}
	if all := b.all(); all[0].Suppressed() == all[1].Suppressed() || !strings.HasPrefix(b.out.kinds(), "opened ") {
		t.Errorf("%q and %q hide them, told of %s", all[0].Silence, all[1].Silence, b.out.kinds())
	}
}

func TestASilenceNeedsReasonOwnerExpiryAndSomethingThatItIsFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	soon := time.Now().Add(time.Hour)
	for name, s := range map[string]Silence{
		"without reason":             {Kind: KindSilence, Matchers: spray(), Expires: soon},
		"without expiry":             {Kind: KindSilence, Matchers: spray(), Reason: "r"},
		"for a hundred days":         {Kind: KindSilence, Matchers: spray(), Reason: "r", Expires: time.Now().Add(100 * day)},
		"over before it begins":      {Kind: KindSilence, Matchers: spray(), Reason: "r", Starts: time.Now().Add(2 * time.Hour), Expires: soon},
		"for everything":             {Kind: KindSilence, Reason: "r", Expires: soon},
		"for every high one":         {Kind: KindSilence, Reason: "r", Expires: soon, Matchers: []Matcher{{MatchSeverity, []string{"high"}}}},
		"for any entity":             {Kind: KindSilence, Reason: "r", Expires: soon, Matchers: []Matcher{{MatchEntity, []string{"user:*"}}}},
		"for a star":                 {Kind: KindSilence, Reason: "r", Expires: soon, Matchers: []Matcher{{MatchText, []string{"*"}}}},
		"a silence with sources":     {Kind: KindSilence, Matchers: spray(), Sources: spray(), Reason: "r", Expires: soon},
		"an inhibition without them": {Kind: KindInhibition, Matchers: spray(), Reason: "r", Expires: soon},
		"of no kind":                 {Matchers: spray(), Reason: "r", Expires: soon},
	} {
		if _, err := b.keeper.Silence(t.Context(), ada(), s); nightjar.CodeOf(err) != nightjar.CodeInvalid || nightjar.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.keeper.Silence(t.Context(), Who{}, Silence{Kind: KindSilence, Matchers: spray(), Reason: "r", Expires: soon}); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Errorf("without owner: %v", err)
	}
}

func TestAPreviewSaysWhatASilenceWouldHaveCost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Now()
	at := func(f nightjar.Finding, ago time.Duration, s nightjar.Severity) nightjar.Finding {
		f.Time, f.First, f.Last, f.Severity = now.Add(-ago), now.Add(-ago), now.Add(-ago), s
		return f
	}
	b.record(
		at(finding("r-spray", "anna@contoso.com", 0), 40*day, nightjar.SeverityHigh), at(finding("r-spray", "ben@contoso.com", 0), 20*day, nightjar.SeverityMedium),
		at(finding("r-spray", "carl@contoso.com", 0), day, nightjar.SeverityHigh), at(finding("r-lockout", "carl@contoso.com", 0), day, nightjar.SeverityLow),
	)
	b.change(Request{Action: ActionClose, IDs: []string{b.all()[1].ID}, Disposition: DispositionTrue})
	p, err := b.keeper.Preview(t.Context(), nil, Silence{Kind: KindSilence, Matchers: spray()})
	if err != nil {
		t.Fatal(err)
	}
	if p.Alerts != 3 || p.Hidden != 2 || p.Gravest != nightjar.SeverityHigh || len(p.Samples) != 2 || p.Samples[0].Severity != nightjar.SeverityHigh || len(p.Dispositions) != 1 || p.Dispositions[0].Value != "true" {
		t.Errorf("%+v", p)
	}
	p, err = b.keeper.Preview(t.Context(), nil, Silence{Kind: KindInhibition, Sources: spray(), Matchers: []Matcher{{MatchRule, []string{"r-lockout"}}}})
	if err != nil || p.Hidden != 1 || p.Samples[0].Rule != "r-lockout" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = b.keeper.Preview(t.Context(), []nightjar.TenantID{fabrikam}, Silence{Kind: KindSilence, Matchers: spray()}); err != nil || p.Alerts != 0 {
		t.Errorf("fabrikam is shown %+v, %v", p, err)
	}
}
