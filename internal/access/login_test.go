package access

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestTOTPGivesTheCodesOfTheStandard(t *testing.T) {
	t.Parallel()
	// RFC 6238 appendix B, SHA-1, the last six of its eight digits.
	seed := []byte("12345678901234567890")
	for unix, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := totpCode(seed, unix/30); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
	}
}

func TestSignInTakesBothFactors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.admin()
		time.Sleep(time.Minute)
		challenge, err := b.Login(t.Context(), " ADA ", secret.New(password), home()) // a name has no case
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Session(t.Context(), secret.New(challenge))
		wantCode(t, err, nightjar.CodeUnauthenticated) // a password alone opens nothing
		_, _, err = b.Verify(t.Context(), challenge, "000000", home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
		if e := b.last(); e.Action != nightjar.ActionLogin || e.Outcome != nightjar.OutcomeFailure || e.Target != "ada" || e.Detail["factor"] != "code" || e.Address != home() {
			t.Errorf("audited: %+v", e)
		}
		code := b.code("ada", 0)
		token, who, err := b.Verify(t.Context(), challenge, code[:3]+" "+code[3:], home())
		if err != nil || token.IsZero() || who.Name != "ada" || who.Session == "" {
			t.Fatal(who, err)
		}
		if e := b.last(); e.Action != nightjar.ActionLogin || e.Outcome != nightjar.OutcomeSuccess || e.Actor.ID != who.ID || e.Detail["factor"] != "totp" {
			t.Errorf("audited: %+v", e)
		}
		_, _, err = b.Verify(t.Context(), challenge, b.code("ada", 1), home())
		wantCode(t, err, nightjar.CodeUnauthenticated) // the challenge is used up
		again, err := b.Login(t.Context(), "ada", secret.New(password), home())
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.Verify(t.Context(), again, code, home())
		wantCode(t, err, nightjar.CodeUnauthenticated) // and so is the code
	})
}

func TestACodeMayBeAStepOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.admin()
		for _, c := range []struct {
			steps int64
			ok    bool
		}{{-1, true}, {0, true}, {1, true}, {2, false}, {-2, false}} {
			time.Sleep(10 * time.Minute)
			challenge, err := b.Login(t.Context(), "ada", secret.New(password), home())
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := b.Verify(t.Context(), challenge, b.code("ada", c.steps), home()); (err == nil) != c.ok {
				t.Errorf("%d steps off: %v", c.steps, err)
			}
		}
	})
}

func TestARecoveryCodeWorksOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, who := b.admin()
		if len(b.codes["ada"]) != 10 {
			t.Fatalf("%d recovery codes", len(b.codes["ada"]))
		}
		use := func(code secret.Value) error {
			challenge, err := b.Login(t.Context(), "ada", secret.New(password), home())
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = b.Verify(t.Context(), challenge, code.Reveal(), home())
			return err
		}
		if err := use(b.codes["ada"][3]); err != nil {
			t.Fatal(err)
		}
		wantCode(t, use(b.codes["ada"][3]), nightjar.CodeUnauthenticated)
		if n, err := b.RecoveryCodesLeft(t.Context(), who); err != nil || n != 9 {
			t.Error(n, err)
		}
		fresh, err := b.NewRecoveryCodes(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, use(b.codes["ada"][4]), nightjar.CodeUnauthenticated)
		if err := use(fresh[0]); err != nil {
			t.Error(err)
		}
	})
}

func TestFiveWrongCodesEndASignIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.admin()
		time.Sleep(time.Minute)
		challenge, err := b.Login(t.Context(), "ada", secret.New(password), home())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			_, _, err = b.Verify(t.Context(), challenge, fmt.Sprintf("00000%d", i), netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
			wantCode(t, err, nightjar.CodeUnauthenticated)
		}
		_, _, err = b.Verify(t.Context(), challenge, b.code("ada", 0), home())
		wantCode(t, err, nightjar.CodeUnauthenticated)
	})
}

// TestS29UnknownNamesLookLikeWrongPasswords compares what a stranger can see.
func TestS29UnknownNamesLookLikeWrongPasswords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		_, ada := b.admin()
		_, bob := b.person(ada, "bob", Grant{Role: RoleViewer})
		if err := b.Disable(t.Context(), ada, bob.ID); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, name := range []string{"ada", "bob", "nobody", "", "ada\x00"} {
			pass := password
			if name == "ada" {
				pass = "wrong plover 41"
			}
			for range 3 {
				_, err := b.Login(t.Context(), name, secret.New(pass), stranger())
				wantCode(t, err, nightjar.CodeUnauthenticated)
				seen[fmt.Sprintf("%v %s", err, nightjar.HintOf(err))] = true
			}
		}
		if len(seen) != 1 {
			t.Errorf("strangers can tell names apart: %v", seen)
		}
		// The work is the same too: the decoy costs what a real hash costs.
		b.hashInFull()
		p, salt, key, err := decodeHash(b.hasher.decoy)
		if err != nil || p != current() || len(salt) != saltBytes || len(key) != keyBytes {
			t.Errorf("the decoy is %+v, %v", p, err)
		}
		list, err := b.trail.List(t.Context(), audit.Filter{Action: nightjar.ActionLogin, Outcome: nightjar.OutcomeFailure})
		if err != nil || len(list) != 15 {
			t.Fatalf("%d failures are audited, %v", len(list), err)
		}
		for _, e := range list {
			if e.Target != "" && e.Target != "ada" && e.Target != "bob" {
				t.Errorf("a name that nobody has is written down: %+v", e)
			}
		}
	})
}

func TestS29GuessingIsSlowedDownAndNobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.admin()
		time.Sleep(time.Minute)
		b.login("ada", 0) // home is known from now on
		tries, refused := 0, 0
		for start := b.clock.Now(); b.clock.Since(start) < 20*time.Minute; time.Sleep(time.Second) {
			_, err := b.Login(t.Context(), "ada", secret.New("wrong plover 41"), stranger())
			var wait *ThrottledError
			switch {
			case errors.As(err, &wait):
				refused++
				if wait.After <= 0 || wait.After > time.Minute {
					t.Fatalf("told to wait %s", wait.After)
				}
			default:
				tries++
			}
		}
		if tries > 35 || refused == 0 {
			t.Errorf("a guesser had %d tries in 20 minutes, %d were refused", tries, refused)
		}
		time.Sleep(5 * time.Second)
		b.login("ada", 0) // the owner at home is not kept out
		// And neither is she elsewhere, where she never was.
		if _, err := b.Login(t.Context(), "ada", secret.New(password), netip.MustParseAddr("198.51.100.77")); err != nil {
			wantCode(t, err, nightjar.CodeThrottled)
			time.Sleep(10 * time.Second)
			if _, err := b.Login(t.Context(), "ada", secret.New(password), netip.MustParseAddr("198.51.100.77")); err != nil {
				t.Errorf("after ten seconds: %v", err)
			}
		}
	})
}

func TestS29ManyAddressesAndManyAccountsAreSlowedDownToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(setup(t).clock)
		count := func(n int, account func(int) string, from func(int) netip.Addr) (passed int) {
			for i := range n {
				if _, err := l.begin(account(i), from(i)); err == nil {
					passed++
				}
			}
			return passed
		}
		one := func(int) string { return "ada" }
		many := func(i int) string { return fmt.Sprint("person", i) }
		network6 := func(i int) netip.Addr {
			return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(i >> 8), 15: byte(i)})
		}
		spread := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}) }
		if n := count(1000, many, network6); n != 20 {
			t.Errorf("one IPv6 network tried %d accounts at once, want 20", n)
		}
		if n := count(1000, one, spread); n != 30 {
			t.Errorf("1000 addresses tried one account %d times at once, want 30", n)
		}
		// Tries that begin at the same moment count before they fail.
		var wg sync.WaitGroup
		var passed atomic.Int64
		for range 100 {
			wg.Go(func() {
				if _, err := l.begin("eve", stranger()); err == nil {
					passed.Add(1)
				}
			})
		}
		wg.Wait()
		if passed.Load() != 5 {
			t.Errorf("%d of 100 tries at once passed, want 5", passed.Load())
		}
		// Memory is bounded, whoever comes.
		count(3*maxKeys, func(i int) string { return fmt.Sprint("x", i) }, func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) })
		if len(l.tries) > maxKeys+3 {
			t.Errorf("%d keys are kept", len(l.tries))
		}
	})
}

// TestS29ALongNameTakesNoMoreMemory sends names that nobody can have.
func TestS29ALongNameTakesNoMoreMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		for i := range 3 {
			_, err := b.Login(t.Context(), strings.Repeat("ä", 30_000)+fmt.Sprint(i), secret.New(password), stranger())
			wantCode(t, err, nightjar.CodeUnauthenticated)
		}
		for key := range b.limits.tries {
			if len(key) > 2*maxAccount {
				t.Errorf("a key of %d bytes is kept", len(key))
			}
		}
	})
}

// TestS29WhoSharesAnAddressIsNotKeptOut lets somebody guess at other accounts
// from the address that ada signs in from.
func TestS29WhoSharesAnAddressIsNotKeptOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.admin()
		time.Sleep(time.Minute)
		b.login("ada", 0)
		time.Sleep(time.Minute)
		for i := range 100 {
			_, _ = b.Login(t.Context(), fmt.Sprint("guess", i), secret.New(password), home()) // refused, of course
		}
		b.login("ada", 0)
	})
}

func TestS10AtMostTwoPasswordsAreHashedAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hasher.slots <- struct{}{}
	b.hasher.slots <- struct{}{}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the client went away")
	ended := make(chan error, 1)
	go func() {
		_, err := b.hasher.hash(ctx, secret.New(password))
		ended <- err
	}()
	cancel(gone)
	if err := <-ended; !errors.Is(err, gone) {
		t.Errorf("a third one did not wait: %v", err)
	}
	b.hasher.waiting.Store(maxWaiting)
	_, err := b.hasher.hash(t.Context(), secret.New(password))
	wantCode(t, err, nightjar.CodeThrottled)
}

func TestS10AWeakHashIsMadeStrongerAtSignIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.hashInFull()
		_, who := b.admin()
		salt := []byte("0123456789abcdef")
		old := parameters{memory: 19 << 10, time: 1, threads: 1}
		key, err := b.hasher.key(t.Context(), secret.New(password), salt, old, keyBytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.db.NewRaw("UPDATE access_credentials SET data = ? WHERE kind = 'password'", encodeHash(old, salt, key)).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.login("ada", 0)
		c, _, err := one[credentialRow](t.Context(), b.db, sqlCredentials, who.ID, credentialPassword)
		if p, _, _, err2 := decodeHash(c.Data); err != nil || err2 != nil || p != current() {
			t.Errorf("%+v, %v, %v", p, err, err2)
		}
	})
}
