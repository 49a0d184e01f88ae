package api

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/search"
)

func TestALimitComesBackWithTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRates(realClock())
		heard := 0
		for range 100 {
			if r.take(rateLogin, "192.0.2.1") == nil {
				heard++
			}
		}
		if heard != 30 {
			t.Errorf("%d of 100 at once are heard", heard)
		}
		if r.take(rateLogin, "192.0.2.2") != nil || r.take(rateHeavy, "192.0.2.1") != nil {
			t.Error("another address or class is refused too")
		}
		time.Sleep(2 * time.Second)
		if r.take(rateLogin, "192.0.2.1") != nil {
			t.Error("two seconds later none is heard")
		}
		if nightjar.CodeOf(r.take(rateLogin, "192.0.2.1")) != nightjar.CodeThrottled {
			t.Error("two seconds later more than one is heard")
		}
	})
}

func TestTheMemoryOfLimitsIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRates(realClock())
		for i := range 3 * maxBuckets {
			_ = r.take(rateAddress, strconv.Itoa(i))
		}
		if len(r.buckets) > maxBuckets {
			t.Errorf("%d buckets", len(r.buckets))
		}
	})
}

func TestQueriesWaitForTheirTurnAndNotForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(3, 2)
		enter := func(who string) (func(), error) { return g.enter(t.Context(), who) }
		var leave []func()
		for _, who := range []string{"ada", "ada", "bo"} {
			l, err := enter(who)
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, l)
		}
		if _, err := enter("eve"); nightjar.CodeOf(err) != nightjar.CodeLimit {
			t.Errorf("a fourth query at a time: %v", err)
		}
		leave[2]()
		// One caller's share is used up; another's is not.
		if _, err := enter("ada"); nightjar.CodeOf(err) != nightjar.CodeLimit {
			t.Errorf("a third query of one caller: %v", err)
		}
		later := time.AfterFunc(10*time.Second, leave[0])
		defer later.Stop()
		l, err := enter("ada")
		if err != nil {
			t.Fatalf("when one is over, the next begins: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := g.enter(ctx, "ada"); err == nil || nightjar.CodeOf(err) == nightjar.CodeLimit {
			t.Errorf("who gave up waiting is told %v", err)
		}
		l()
		leave[1]()
		if len(g.callers) != 0 || len(g.slots) != 0 {
			t.Errorf("when all are over, %d callers and %d slots are held", len(g.callers), len(g.slots))
		}
	})
}

func TestStreamsOfOneCallerAreBounded(t *testing.T) {
	t.Parallel()
	s := newSeats(2)
	first, _ := s.join("ada")
	if _, err := s.join("ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.join("ada"); nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Errorf("a third stream: %v", err)
	}
	first()
	if _, err := s.join("ada"); err != nil {
		t.Errorf("after one is closed: %v", err)
	}
}

func TestCellsAreNoFormulas(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\x00=1": "'\x00=1",
		"＝1": "'＝1", "a=1": "a=1",
	} {
		if got := harmless(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestASpanGoesIntoAPanelsQuery(t *testing.T) {
	t.Parallel()
	got, err := search.Fill("SELECT tbucket({{bucket}}, time) FROM t WHERE time >= {{from}} AND time < {{to}}", morning, morning.Add(time.Hour))
	want := "SELECT tbucket(INTERVAL '1 minute', time) FROM t WHERE time >= TIMESTAMP '2026-11-20 08:00:00' AND time < TIMESTAMP '2026-11-20 09:00:00'"
	if err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := search.Fill("SELECT {{from}}", time.Time{}, morning); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Errorf("without a span: %v", err)
	}
	if got, err := search.Fill("SELECT 1", time.Time{}, time.Time{}); err != nil || got != "SELECT 1" {
		t.Errorf("without a placeholder: %s, %v", got, err)
	}
}

// FuzzBody has no body bring a handler down, whatever it holds.
func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"tenants":["` + string(contoso) + `"]}`, `{"tenant_id":null}`, `{"tenants":{}}`, `[]`, `{"value":1e400}`, strings.Repeat("[", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c := &call{body: []byte(body), route: Route{Permission: signedIn}}
		_ = c.permitBody()
		var q searchRequest
		if c.decode(&q) == nil {
			_, _ = q.search().List(cursorOf(q.Cursor), 10)
		}
	})
}

func cursorOf(s string) search.Cursor {
	c, err := search.ParseCursor(s)
	if err != nil {
		return search.Cursor{}
	}
	return c
}
