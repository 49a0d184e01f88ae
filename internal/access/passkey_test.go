package access

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access/accesstest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const origin = "http://localhost:8470"

func here() Site { return SiteAt(origin) }

// addPasskey gives somebody a passkey on a new device.
func (b *bundle) addPasskey(who Identity, name string) *accesstest.Device {
	b.t.Helper()
	d := accesstest.New(b.t, origin)
	options, err := b.BeginPasskey(b.t.Context(), who, here())
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.AddPasskey(b.t.Context(), who, here(), name, d.Create(options)); err != nil {
		b.t.Fatal(err)
	}
	return d
}

// joinByPasskey ends an enrolment with a new device.
func (b *bundle) joinByPasskey(e PasskeyEnrolment) (*accesstest.Device, Identity) {
	b.t.Helper()
	d := accesstest.New(b.t, origin)
	_, who, err := b.ConfirmPasskeyEnrolment(b.t.Context(), here(), e.ID, "device of "+e.Name, d.Create(e.Options), home())
	if err != nil {
		b.t.Fatal(err)
	}
	return d, who
}

// knock asks to sign in with what a device answers.
func (b *bundle) knock(d *accesstest.Device, from netip.Addr) (secret.Value, Identity, error) {
	b.t.Helper()
	options, browser, err := b.BeginPasskeyLogin(b.t.Context(), here(), secret.Value{})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.LoginByPasskey(b.t.Context(), here(), browser, d.Get(options), from)
}

func TestS11APasskeySignsInWithoutANameAndIsBothFactors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		d := b.addPasskey(ada, "laptop")
		if e := b.last(); e.Action != nightjar.ActionPersonCredential || e.Detail["change"] != "passkey added" || e.Detail["passkey"] != "laptop" {
			t.Errorf("audited: %+v", e)
		}
		time.Sleep(time.Hour)
		token, who, err := b.knock(d, home())
		if err != nil || who.ID != ada.ID || !b.Fresh(who) {
			t.Fatalf("%+v %v", who, err)
		}
		if again, err := b.Session(t.Context(), token); err != nil || again.Name != "ada" || !again.MayAll(PermPeopleManage) {
			t.Errorf("%+v %v", again, err)
		}
		if e := b.last(); e.Action != nightjar.ActionLogin || e.Outcome != nightjar.OutcomeSuccess || e.Actor.ID != ada.ID || e.Detail["factor"] != "passkey" || e.Address != home() {
			t.Errorf("audited: %+v", e)
		}
		keys, err := b.Passkeys(t.Context(), who)
		if err != nil || len(keys) != 1 || keys[0].Name != "laptop" || !keys[0].Used.Equal(b.Now().Truncate(time.Microsecond)) || keys[0].Created.Equal(keys[0].Used) {
			t.Errorf("%+v %v", keys, err)
		}
		if p, err := b.Person(t.Context(), "ada"); err != nil || len(p.Ways) != 2 {
			t.Errorf("%+v %v", p, err)
		}
	})
}

// TestS11WhatIsNoPasskeyOfThisSiteIsRefused tries what a thief, a page of
// another site and a faulty device would answer.
func TestS11WhatIsNoPasskeyOfThisSiteIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ada := b.admin()
	_, eve := b.person(ada, "eve", Grant{Role: RoleViewer})
	d := b.addPasskey(ada, "laptop")
	evil := b.addPasskey(eve, "phone")
	for name, spoil := range map[string]func(d *accesstest.Device){
		"a page of another site":             func(d *accesstest.Device) { d.Origin = "https://nightjar.example" },
		"a program at another port":          func(d *accesstest.Device) { d.Origin = "http://localhost:9999" },
		"a passkey of another site":          func(d *accesstest.Device) { d.Site = "example.com" },
		"a device that did not ask for PIN":  func(d *accesstest.Device) { d.Unverified = true },
		"a passkey that says it is ada's":    func(*accesstest.Device) {},
		"a device with a passkey of nobody":  nil,
		"an answer whose signature is wrong": nil,
	} {
		device := d.Copy()
		switch name {
		case "a passkey that says it is ada's":
			device = evil.Copy()
			device.Impersonate(ada.ID)
		case "a device with a passkey of nobody":
			device = accesstest.New(t, origin)
			options, err := b.BeginPasskey(t.Context(), ada, here())
			if err != nil {
				t.Fatal(err)
			}
			device.Create(options) // and it is never told
		case "an answer whose signature is wrong":
			options, browser, err := b.BeginPasskeyLogin(t.Context(), here(), secret.Value{})
			if err != nil {
				t.Fatal(err)
			}
			answer := string(device.Get(options))
			i := strings.Index(answer, `"signature":"`) + len(`"signature":"MEUC`) + 20
			flipped := byte('A')
			if answer[i] == 'A' {
				flipped = 'B'
			}
			_, _, err = b.LoginByPasskey(t.Context(), here(), browser, []byte(answer[:i]+string(flipped)+answer[i+1:]), stranger())
			wantCode(t, err, nightjar.CodeUnauthenticated)
			continue
		default:
			spoil(device)
		}
		_, _, err := b.knock(device, home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if e := b.last(); e.Action != nightjar.ActionLogin || e.Outcome != nightjar.OutcomeFailure || e.Detail["factor"] != "passkey" {
			t.Errorf("%s: audited %+v", name, e)
		}
	}
	if _, _, err := b.knock(d, home()); err != nil {
		t.Errorf("the real one: %v", err)
	}
}

func TestS11AChallengeIsForOneAnswerOfOneBrowserWithinFiveMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		d := b.addPasskey(ada, "laptop")
		d.Count = 0 // as most do: no counter gives a second use away
		begin := func() ([]byte, secret.Value) {
			t.Helper()
			options, browser, err := b.BeginPasskeyLogin(t.Context(), here(), secret.Value{})
			if err != nil {
				t.Fatal(err)
			}
			return options, browser
		}
		options, browser := begin()
		answer := d.Get(options)
		_, other := begin()
		_, _, err := b.LoginByPasskey(t.Context(), here(), other, answer, home())
		wantCode(t, err, nightjar.CodeUnauthenticated) // another browser
		_, _, err = b.LoginByPasskey(t.Context(), here(), secret.Value{}, answer, home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if _, _, err = b.LoginByPasskey(t.Context(), here(), browser, answer, home()); err != nil {
			t.Fatal(err)
		}
		_, _, err = b.LoginByPasskey(t.Context(), here(), browser, answer, home())
		wantCode(t, err, nightjar.CodeUnauthenticated) // again

		options, browser = begin()
		answer = d.Get(options)
		time.Sleep(challengeLife)
		_, _, err = b.LoginByPasskey(t.Context(), here(), browser, answer, home())
		wantCode(t, err, nightjar.CodeUnauthenticated) // late

		// An answer to one question is none to another.
		options, err = b.BeginPasskeyStepUp(t.Context(), ada, here())
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.LoginByPasskey(t.Context(), here(), secret.Value{}, d.Get(options), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		options, _ = begin()
		wantCode(t, b.StepUpByPasskey(t.Context(), ada, here(), d.Get(options)), nightjar.CodeInvalid)
		if options, err = b.BeginPasskeyStepUp(t.Context(), ada, here()); err != nil {
			t.Fatal(err)
		}
		answer = d.Get(options)
		if err := b.StepUpByPasskey(t.Context(), ada, here(), answer); err != nil {
			t.Fatal(err)
		}
		wantCode(t, b.StepUpByPasskey(t.Context(), ada, here(), answer), nightjar.CodeInvalid) // again

		// What is over leaves nothing behind.
		time.Sleep(challengeLife)
		begin()
		var n int
		if err := b.db.NewRaw("SELECT COUNT(*) FROM access_ceremonies").Scan(t.Context(), &n); err != nil || n != 1 {
			t.Errorf("%d challenges are kept, want the last alone: %v", n, err)
		}
	})
}

func TestS11ACopiedPasskeyIsRefusedAndPutOnRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ada := b.admin()
	d := b.addPasskey(ada, "key")
	thief := d.Copy()
	for range 3 {
		if _, _, err := b.knock(d, home()); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := b.knock(thief, stranger())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	if e := b.last(); e.Outcome != nightjar.OutcomeFailure || e.Detail["counter"] != "went back" || e.Target != "ada" || e.Address != stranger() {
		t.Errorf("audited: %+v", e)
	}
	// Passkeys that a provider carries from device to device do not count at all.
	synced := accesstest.New(t, origin)
	synced.Count = 0
	options, err := b.BeginPasskey(t.Context(), ada, here())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddPasskey(t.Context(), ada, here(), "synced", synced.Create(options)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := b.knock(synced, home()); err != nil {
			t.Errorf("a passkey that does not count: %v", err)
		}
	}
}

func TestADisabledPersonHasNoUseOfAPasskey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ada := b.admin()
	_, eve := b.person(ada, "eve", Grant{Role: RoleViewer})
	d := b.addPasskey(eve, "phone")
	if err := b.Disable(t.Context(), ada, eve.ID); err != nil {
		t.Fatal(err)
	}
	_, _, err := b.knock(d, home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	if strings.Contains(err.Error()+nightjar.HintOf(err), "disabled") {
		t.Errorf("a stranger with the device learns that the person is disabled: %v", err)
	}
	if e := b.last(); e.Target != "eve" || e.Detail["person"] != "disabled" {
		t.Errorf("audited: %+v", e)
	}
	if err := b.Enable(t.Context(), ada, eve.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.knock(d, home()); err != nil {
		t.Error(err)
	}
}

func TestS24APasskeyStepsUpTheSessionThatAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		token, ada := b.admin()
		_, eve := b.person(ada, "eve", Grant{Role: RoleViewer})
		d, foreign := b.addPasskey(ada, "laptop"), b.addPasskey(eve, "phone")
		_, ada2 := b.login("ada", 1)
		time.Sleep(10 * time.Minute)
		now := func() Identity {
			t.Helper()
			who, err := b.Session(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			return who
		}
		if b.Fresh(now()) {
			t.Fatal("fresh after ten minutes")
		}
		ask := func(who Identity) []byte {
			t.Helper()
			options, err := b.BeginPasskeyStepUp(t.Context(), who, here())
			if err != nil {
				t.Fatal(err)
			}
			return options
		}
		if foreign.Get(ask(ada)) != nil {
			t.Error("somebody else's passkey is asked for")
		}
		wantCode(t, b.StepUpByPasskey(t.Context(), ada2, here(), d.Get(ask(ada))), nightjar.CodeInvalid) // of another session
		if err := b.StepUpByPasskey(t.Context(), ada, here(), d.Get(ask(ada))); err != nil || !b.Fresh(now()) {
			t.Errorf("%v", err)
		}
		if e := b.last(); e.Action != nightjar.ActionStepUp || e.Detail["factor"] != "passkey" {
			t.Errorf("audited: %+v", e)
		}
	})
}

func TestThePasskeyThatIsTheOnlyWayInStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	boot, err := b.Bootstrap(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.SetupByPasskey(t.Context(), here(), boot, "ada")
	if err != nil {
		t.Fatal(err)
	}
	d, ada := b.joinByPasskey(e)
	if !ada.MayAll(PermPeopleManage) {
		t.Fatalf("%+v", ada)
	}
	if e := b.last(); e.Action != nightjar.ActionSetupComplete || e.Target != "ada" {
		t.Errorf("audited: %+v", e)
	}
	if needed, err := b.NeedsSetup(t.Context()); err != nil || needed {
		t.Errorf("setup is still open: %v", err)
	}
	keys, err := b.Passkeys(t.Context(), ada)
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	wantCode(t, b.RemovePasskey(t.Context(), ada, here(), keys[0].ID), nightjar.CodeConflict)
	// One of before public_url changed leads nowhere.
	before := accesstest.New(t, "https://old.example")
	options, err := b.BeginPasskey(t.Context(), ada, SiteAt("https://old.example"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddPasskey(t.Context(), ada, SiteAt("https://old.example"), "old", before.Create(options)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, b.RemovePasskey(t.Context(), ada, here(), keys[0].ID), nightjar.CodeConflict)
	if options, err = b.BeginPasskey(t.Context(), ada, here()); err != nil {
		t.Fatal(err)
	}
	if d.Create(options) != nil {
		t.Error("a device may make a second passkey for the same person")
	}
	b.addPasskey(ada, "phone")
	if err := b.RemovePasskey(t.Context(), ada, here(), keys[0].ID); err != nil {
		t.Error(err)
	}
	if e := b.last(); e.Action != nightjar.ActionPersonCredential || e.Detail["change"] != "passkey removed" || e.Detail["passkey"] != "device of ada" {
		t.Errorf("audited: %+v", e)
	}
	_, _, err = b.knock(d, home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	wantCode(t, b.RemovePasskey(t.Context(), ada, here(), keys[0].ID), nightjar.CodeNotFound)
}

func TestOnlyTheOwnerRemovesAPasskey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ada := b.admin()
	_, eve := b.person(ada, "eve", Grant{Role: RoleAdmin})
	b.addPasskey(ada, "laptop")
	keys, err := b.Passkeys(t.Context(), ada)
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	wantCode(t, b.RemovePasskey(t.Context(), eve, here(), keys[0].ID), nightjar.CodeNotFound)
}

// TestS11TheSessionsOfALostDeviceEndWithItsPasskey removes the key of a device
// that is signed in still, from another.
func TestS11TheSessionsOfALostDeviceEndWithItsPasskey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, ada := b.admin()
	d := b.addPasskey(ada, "lost")
	lost, _, err := b.knock(d, home())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := b.Passkeys(t.Context(), ada)
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	if err := b.RemovePasskey(t.Context(), ada, here(), keys[0].ID); err != nil {
		t.Fatal(err)
	}
	_, err = b.Session(t.Context(), lost)
	wantCode(t, err, nightjar.CodeUnauthenticated)
	if _, err := b.Session(t.Context(), token); err != nil {
		t.Errorf("the session that removed it: %v", err)
	}
}

// TestWithoutThePasskeyTwoRecoveryCodesLeadIn is the day on which the device is lost.
func TestWithoutThePasskeyTwoRecoveryCodesLeadIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ada := b.admin()
	link, err := b.Invite(t.Context(), ada, "eve", []Grant{{Role: RoleViewer}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.AcceptInviteByPasskey(t.Context(), here(), link)
	if err != nil || e.Name != "eve" {
		t.Fatal(e, err)
	}
	b.joinByPasskey(e)
	challenge, err := b.Login(t.Context(), "eve", e.Recovery[0], home())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = b.Verify(t.Context(), challenge, e.Recovery[0].Reveal(), home())
	wantCode(t, err, nightjar.CodeUnauthenticated) // one code is not two
	if _, who, err := b.Verify(t.Context(), challenge, e.Recovery[1].Reveal(), home()); err != nil || who.Name != "eve" {
		t.Error(who, err)
	}
	_, err = b.Login(t.Context(), "eve", e.Recovery[0], home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	// Whoever has a password needs it.
	_, err = b.Login(t.Context(), "ada", b.codes["ada"][0], home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
}

func TestAResetTakesThePasskeysAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ada := b.admin()
	_, eve := b.person(ada, "eve", Grant{Role: RoleViewer})
	lost := b.addPasskey(eve, "phone")
	reset := func() secret.Value {
		t.Helper()
		link, err := b.Reset(t.Context(), ada, eve.ID)
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	e, err := b.AcceptInviteByPasskey(t.Context(), here(), reset())
	if err != nil {
		t.Fatal(err)
	}
	d, who := b.joinByPasskey(e)
	if who.ID != eve.ID {
		t.Fatalf("%+v", who)
	}
	_, _, err = b.knock(lost, home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	_, err = b.Login(t.Context(), "eve", secret.New(password), home())
	wantCode(t, err, nightjar.CodeUnauthenticated) // the password went too
	if p, err := b.Person(t.Context(), "eve"); err != nil || len(p.Ways) != 1 || p.Ways[0] != WayPasskey {
		t.Errorf("%+v %v", p, err)
	}
	// And back to a password.
	again, err := b.AcceptInvite(t.Context(), reset(), secret.New(password))
	if err != nil {
		t.Fatal(err)
	}
	b.confirm(again)
	_, _, err = b.knock(d, home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
}

func TestAnEnrolmentEndsTheWayItBegan(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, ada := b.admin()
	link, err := b.Invite(t.Context(), ada, "eve", []Grant{{Role: RoleViewer}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.AcceptInviteByPasskey(t.Context(), here(), link)
	if err != nil {
		t.Fatal(err)
	}
	d := accesstest.New(t, origin)
	answer := d.Create(e.Options)
	_, _, err = b.ConfirmEnrolment(t.Context(), e.ID, "000000", home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	_, err = b.ResumeEnrolment(t.Context(), e.ID)
	wantCode(t, err, nightjar.CodeUnauthenticated)
	// A page that began anew leaves the first attempt without effect.
	typed, err := b.AcceptInvite(t.Context(), link, secret.New(password))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = b.ConfirmPasskeyEnrolment(t.Context(), here(), e.ID, "phone", answer, home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	_, _, err = b.ConfirmPasskeyEnrolment(t.Context(), here(), typed.ID, "phone", answer, home())
	wantCode(t, err, nightjar.CodeUnauthenticated)
	b.confirm(typed)
}

func TestS29GuessingPasskeysIsSlowedDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		d := b.addPasskey(ada, "laptop")
		bad := d.Copy()
		bad.Unverified = true
		for range 7 {
			_, _, _ = b.knock(bad, stranger())
		}
		_, _, err := b.knock(bad, stranger())
		wantCode(t, err, nightjar.CodeThrottled)
		if _, _, err := b.knock(d, home()); err != nil {
			t.Errorf("the owner at home is slowed down by a stranger: %v", err)
		}
	})
}

func TestPasskeysNeedANameAndASafeWay(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Site{
		"http://localhost:8470":         {Origin: "http://localhost:8470", Name: "localhost"},
		"https://nightjar.example.com/": {Origin: "https://nightjar.example.com", Name: "nightjar.example.com"},
		"https://Nightjar.Example:443":  {Origin: "https://nightjar.example", Name: "nightjar.example"},
		"https://nightjar.example:8443": {Origin: "https://nightjar.example:8443", Name: "nightjar.example"},
		"https://192.0.2.7":             {Origin: "https://192.0.2.7", Trouble: SiteAddress},
		"http://[::1]:8470":             {Origin: "http://[::1]:8470", Trouble: SiteAddress},
		"http://nightjar.example":       {Origin: "http://nightjar.example", Trouble: SiteInsecure},
	} {
		if got := SiteAt(address); got != want {
			t.Errorf("%s: %+v, want %+v", address, got, want)
		}
	}
	b := setup(t)
	_, ada := b.admin()
	_, err := b.BeginPasskey(t.Context(), ada, SiteAt("https://192.0.2.7"))
	wantCode(t, err, nightjar.CodeInvalid)
	_, _, err = b.BeginPasskeyLogin(t.Context(), SiteAt("http://nightjar.example"), secret.Value{})
	wantCode(t, err, nightjar.CodeInvalid)
}

// FuzzAPasskeysAnswer sends what no browser would.
func FuzzAPasskeysAnswer(f *testing.F) {
	d := accesstest.New(f, origin)
	creation, _, err := creationOptions(here(), holder{id: "0123456789abcdef", name: "ada"})
	if err != nil {
		f.Fatal(err)
	}
	made := d.Create(creation)
	request, _, err := requestOptions(here(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(made)
	f.Add(d.Get(request))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`))
	parsed, err := parseCreation(made)
	if err != nil {
		f.Fatal(err)
	}
	row, err := created(here(), holder{id: "0123456789abcdef", name: "ada"}, parsed)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if parsed, err := parseCreation(answer); err == nil {
			if got, err := created(here(), holder{id: "0123456789abcdef"}, parsed); err == nil && got.Site != "localhost" {
				t.Errorf("a passkey of %q", got.Site)
			}
		}
		if parsed, err := parseAssertion(answer); err == nil {
			_, _ = checkAnswer(here(), personRow{ID: "0123456789abcdef"}, row, parsed) // must not panic
		}
	})
}
