package approval

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/audit"
)

func TestS23TheSecondPersonIsAnotherOneWithTheSameRight(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada := admin("ada")
	token := access.Identity{ID: "t1", Person: "ada", Name: "ada/ci", Kind: access.KindToken, Grants: ada.Grants}
	foreign := access.Identity{ID: "t2", Person: "eve", Name: "eve/ci", Kind: access.KindToken, Grants: ada.Grants}
	a := b.ask(ada)
	for name, c := range map[string]struct {
		by   access.Identity
		want nightjar.Code
	}{
		"who asked":                        {ada, nightjar.CodeForbidden},
		"a token of who asked":             {token, nightjar.CodeNotFound}, // its owner may nothing any more
		"somebody without the permission":  {person("bob", access.RoleAnalyst, ""), nightjar.CodeNotFound},
		"an administrator of another":      {person("eve", access.RoleAdmin, fabrikam), nightjar.CodeNotFound},
		"a token of somebody else":         {foreign, nightjar.CodeNotFound},
		"the command line, which has none": {access.Operator("root"), nightjar.CodeForbidden},
		"nobody":                           {access.Identity{}, nightjar.CodeNotFound},
	} {
		_, err := b.Approve(t.Context(), c.by, a.ID, a.Hash)
		if nightjar.CodeOf(err) != c.want {
			t.Errorf("%s approves: %v, want %s", name, err, c.want)
		}
		if _, err := b.Refuse(t.Context(), c.by, a.ID, "no"); nightjar.CodeOf(err) != c.want {
			t.Errorf("%s refuses: %v, want %s", name, err, c.want)
		}
	}
	if b.state(a.ID) != StateWaiting {
		t.Fatalf("it is %s", b.state(a.ID))
	}
	if a, err := b.Approve(t.Context(), person("bea", access.RoleAdmin, contoso), a.ID, a.Hash); err != nil || a.State != StateGranted || a.Decider != "bea" {
		t.Errorf("an administrator of the tenant: %+v, %v", a, err)
	}
	// What a token asked for is no more approved by its owner.
	byToken := admin("dan")
	byToken.Kind, byToken.ID = access.KindToken, "t3"
	byToken.Grants = nil
	if _, err := b.Ask(t.Context(), byToken, disconnect(contoso)); nightjar.CodeOf(err) != nightjar.CodeForbidden {
		t.Errorf("asking without the permission: %v", err)
	}
}

func TestS23WhatIsGrantedIsWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.ask(admin("ada"))
	_, err := b.Approve(t.Context(), admin("bea"), a.ID, "0000")
	wantCode(t, err, nightjar.CodeConflict)
	// Somebody writes other parameters into the catalog.
	if _, err := b.db.NewRaw(`UPDATE approval_requests SET parameters = replace(parameters, ?, ?)`, string(contoso), string(fabrikam)).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = b.Approve(t.Context(), admin("bea"), a.ID, a.Hash)
	wantCode(t, err, nightjar.CodeConflict)
	if b.state(a.ID) != StateWaiting {
		t.Errorf("it is %s", b.state(a.ID))
	}
	if err := b.Withdraw(t.Context(), admin("ada"), a.ID); err != nil {
		t.Fatal(err)
	}

	granted := b.granted(admin("ada"), admin("bea"))
	other := disconnect(contoso)
	other.Parameters = map[string]any{"path": map[string]any{"tenant": contoso}, "target": "changed"}
	wantCode(t, granted.Check(other), nightjar.CodeConflict)
	wantCode(t, granted.Check(disconnect(fabrikam)), nightjar.CodeConflict)
	if err := granted.Check(disconnect(contoso)); err != nil {
		t.Error(err)
	}
	if _, found, err := b.Granted(t.Context(), admin("ada"), other); err != nil || found {
		t.Errorf("other parameters are granted: %v", err)
	}
	if _, found, err := b.Granted(t.Context(), admin("bea"), disconnect(contoso)); err != nil || found {
		t.Errorf("the second person has a grant: %v", err)
	}
	if got, found, err := b.Granted(t.Context(), admin("ada"), disconnect(contoso)); err != nil || !found || got.ID != granted.ID {
		t.Errorf("who asked has none: %v", err)
	}
}

func TestS23AnAskAndAGrantAreOverAfterAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		ada, bea := admin("ada"), admin("bea")
		late := b.ask(ada)
		time.Sleep(time.Hour - time.Second)
		if _, err := b.Approve(t.Context(), bea, late.ID, late.Hash); err != nil {
			t.Fatalf("in the last second: %v", err)
		}
		inTime := b.ask(ada)
		if inTime.ID == late.ID {
			t.Fatal("what is granted waits again")
		}
		time.Sleep(time.Hour)
		_, err := b.Approve(t.Context(), bea, inTime.ID, inTime.Hash)
		wantCode(t, err, nightjar.CodeConflict)
		wantCode(t, b.Withdraw(t.Context(), ada, inTime.ID), nightjar.CodeConflict)
		wantCode(t, b.use(ada, late.ID, bump), nightjar.CodeConflict)
		if b.bumped() != 0 || b.state(late.ID) != StateExpired || b.state(inTime.ID) != StateExpired {
			t.Errorf("done %d times, %s and %s", b.bumped(), b.state(late.ID), b.state(inTime.ID))
		}
		if open, err := b.List(t.Context(), bea, false); err != nil || len(open) != 0 {
			t.Errorf("open are %v, %v", open, err)
		}
		for range 2 { // the second time there is nothing left to say
			if err := b.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		said, err := b.trail.List(t.Context(), audit.Filter{Action: nightjar.ActionApprovalExpire})
		if err != nil || len(said) != 2 || said[0].Actor.Kind != nightjar.ActorSystem {
			t.Errorf("%+v, %v", said, err)
		}
		time.Sleep(31 * 24 * time.Hour)
		if err := b.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all, err := b.List(t.Context(), bea, true); err != nil || len(all) != 0 {
			t.Errorf("kept are %v, %v", all, err)
		}
	})
}

func TestS23WhatIsGrantedIsDoneOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada := admin("ada")
	a := b.granted(ada, admin("bea"))
	var done atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch err := b.use(ada, a.ID, bump); nightjar.CodeOf(err) {
			case "":
				done.Add(1)
			case nightjar.CodeConflict:
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 || b.bumped() != 1 || b.state(a.ID) != StateDone {
		t.Errorf("done %d times, counted %d, it is %s", done.Load(), b.bumped(), b.state(a.ID))
	}
	wantCode(t, b.use(ada, b.ask(ada).ID, bump), nightjar.CodeConflict)
	if b.bumped() != 1 {
		t.Error("what waits was done")
	}
}

func TestS23ACrashBetweenGrantAndDeedLosesNeither(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, bea := admin("ada"), admin("bea")
	a := b.granted(ada, bea)
	crash := errors.New("crash")
	if err := b.use(ada, a.ID, func(tx bun.Tx) error { return errors.Join(bump(tx), crash) }); !errors.Is(err, crash) {
		t.Fatal(err)
	}
	if b.bumped() != 0 || b.state(a.ID) != StateGranted {
		t.Fatalf("after the crash: done %d times, it is %s", b.bumped(), b.state(a.ID))
	}
	// Another process opens the catalog and goes on.
	k, err := New(Config{Catalog: b.db, Audit: b.trail})
	if err != nil {
		t.Fatal(err)
	}
	b.Keeper = k
	if again, err := b.Approve(t.Context(), bea, a.ID, a.Hash); err != nil || again.State != StateGranted || !again.Expires.Equal(a.Expires) {
		t.Errorf("%+v, %v", again, err)
	}
	if err := b.use(ada, a.ID, bump); err != nil || b.bumped() != 1 || b.state(a.ID) != StateDone {
		t.Errorf("%v, done %d times, it is %s", err, b.bumped(), b.state(a.ID))
	}
	wantCode(t, b.use(ada, a.ID, bump), nightjar.CodeConflict)
	if b.bumped() != 1 {
		t.Error("it was done twice")
	}
}

func TestS23WhyAGrantIsNotDoneIsKeptUntilItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, bea := admin("ada"), admin("bea")
	a := b.granted(ada, bea)
	tell := func(reason string) Approval {
		t.Helper()
		if err := b.Failed(t.Context(), ada, a.ID, reason); err != nil {
			t.Fatal(err)
		}
		now, err := b.Get(t.Context(), ada, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	if now := tell("the disk is full"); now.State != StateGranted || now.Reason != "the disk is full" {
		t.Errorf("who asked sees %s, %q", now.State, now.Reason)
	}
	if now := tell(strings.Repeat("ö", maxReason+1)); now.Reason != strings.Repeat("ö", maxReason) {
		t.Errorf("a long reason has %d bytes", len(now.Reason))
	}
	entries, err := b.trail.List(t.Context(), audit.Filter{Limit: 2})
	if err != nil || len(entries) != 2 {
		t.Fatal(entries, err)
	}
	if e := entries[1]; e.Action != nightjar.ActionApprovalUse || e.Outcome != nightjar.OutcomeFailure || e.Detail["reason"] != "the disk is full" || e.Detail["approved_by"] != "bea" {
		t.Errorf("the log has %+v", e)
	}
	if err := b.use(ada, a.ID, bump); err != nil {
		t.Fatal(err)
	}
	if now := tell("too late"); now.State != StateDone || now.Reason != "" {
		t.Errorf("what is done is %s, %q", now.State, now.Reason)
	}
}

func TestS23EachStepIsOnTheAuditLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, bea := admin("ada"), admin("bea")
	a := b.granted(ada, bea)
	if err := b.use(ada, a.ID, bump); err != nil {
		t.Fatal(err)
	}
	refused := b.ask(ada)
	if refused.ID == a.ID {
		t.Fatal("what is done is asked for again under one id")
	}
	if again := b.ask(ada); again.ID != refused.ID {
		t.Error("asking twice for the same makes two approvals")
	}
	_, err := b.Refuse(t.Context(), bea, refused.ID, " ")
	wantCode(t, err, nightjar.CodeInvalid)
	if r, err := b.Refuse(t.Context(), bea, refused.ID, "we still need it"); err != nil || r.Reason != "we still need it" || r.State != StateRefused {
		t.Errorf("%+v, %v", r, err)
	}
	withdrawn := b.ask(ada)
	wantCode(t, b.Withdraw(t.Context(), bea, withdrawn.ID), nightjar.CodeForbidden)
	wantCode(t, b.Withdraw(t.Context(), person("eve", access.RoleAdmin, fabrikam), withdrawn.ID), nightjar.CodeNotFound)
	if err := b.Withdraw(t.Context(), ada, withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	entries, err := b.trail.List(t.Context(), audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(entries) {
		got = append(got, e.Actor.Name+" "+string(e.Action))
		if e.Detail["sha256"] != a.Hash || e.Detail["asked_by"] != "ada" || e.Tenant != contoso {
			t.Errorf("%+v", e)
		}
	}
	want := []string{
		"ada approval.ask", "bea approval.grant", "ada approval.use", "ada approval.ask", "bea approval.refuse", "ada approval.ask", "ada approval.withdraw",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the log has %q", got)
	}
	if entries[len(entries)-3].Detail["approved_by"] != "bea" {
		t.Errorf("%+v", entries[len(entries)-3])
	}
}

func TestNobodyBuriesAnAskAmongOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := disconnect(contoso)
	for i := range maxOpen {
		r.Parameters = map[string]any{"number": i}
		if _, err := b.Ask(t.Context(), admin("ada"), r); err != nil {
			t.Fatal(err)
		}
	}
	_, err := b.Ask(t.Context(), admin("ada"), disconnect(contoso))
	wantCode(t, err, nightjar.CodeLimit)
	if _, err := b.Ask(t.Context(), admin("bea"), disconnect(contoso)); err != nil {
		t.Errorf("somebody else asks: %v", err)
	}
}

// TestS23ATokenDoesNoMoreThanItsScopesName gives a token that may only read
// events what its owner asked for.
func TestS23ATokenDoesNoMoreThanItsScopesName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.ask(admin("ada"))
	reads := admin("ada")
	reads.ID, reads.Kind, reads.Scopes = "token", access.KindToken, []access.Permission{access.PermEventRead}
	_, err := b.Get(t.Context(), reads, a.ID)
	wantCode(t, err, nightjar.CodeNotFound)
	if list, err := b.List(t.Context(), reads, true); err != nil || len(list) != 0 {
		t.Errorf("it sees %v, %v", list, err)
	}
	wantCode(t, b.Withdraw(t.Context(), reads, a.ID), nightjar.CodeNotFound)
	if got := b.state(a.ID); got != StateWaiting {
		t.Errorf("the approval is %s", got)
	}
}
