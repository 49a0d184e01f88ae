package collect

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// living is a small tenant with a past of six days, whose content goes on
// arriving for ten more.
func living(t *testing.T) []sim.TenantConfig {
	t.Helper()
	return []sim.TenantConfig{{
		ID: realTenant, Events: realEvents(t), Backlog: 6 * 24 * time.Hour, Ahead: 10 * 24 * time.Hour, EventsPerBlob: 20,
	}}
}

func slowPolls(w *world) { w.options.PollInterval = time.Hour }

func TestSixDaysOfOutageAreCaughtUpWithoutLoss(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t)}, slowPolls)
		w.serve(2 * time.Hour)
		time.Sleep(6 * 24 * time.Hour)
		w.restart()
		if sum := w.once(OnceOptions{}); !sum.Complete {
			t.Errorf("the summary is %+v", sum)
		}
		w.exact()
		for _, f := range w.coverage().Feeds {
			if len(f.Gaps) != 0 {
				t.Errorf("%s has gaps: %+v", f.Feed, f.Gaps)
			}
		}
	})
}

func TestOutageOfNineDaysLeavesOneNamedGap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t)}, slowPolls)
		w.once(OnceOptions{})
		last := w.coverage().Feeds[0].ListedTo
		time.Sleep(9 * 24 * time.Hour)
		w.restart()
		before := time.Now()
		sum := w.once(OnceOptions{})
		if sum.Complete {
			t.Error("a run that found a gap says that it is complete")
		}
		for _, f := range w.coverage().Feeds {
			if len(f.Gaps) != 1 || f.Gaps[0].Reason != GapOutage {
				t.Fatalf("%s has gaps %+v", f.Feed, f.Gaps)
			}
			g := f.Gaps[0]
			want := before.Add(-nightjar.ContentRetention + 5*time.Minute)
			if g.From.Sub(last).Abs() > time.Minute || g.To.Sub(want).Abs() > time.Minute {
				t.Errorf("the gap is %s to %s, want %s to %s", g.From, g.To, last, want)
			}
		}
		if !w.warnings.has(nightjar.WarnDataGap, nightjar.FeedExchange) || w.pipeline.count(nightjar.PipelineGap, "is missing") != 5 {
			t.Error("nobody is told of the gap")
		}
		w.restart()
		if sum := w.once(OnceOptions{}); !sum.Complete {
			t.Errorf("the gap is found again: %+v", sum)
		}
	})
}

func TestFeedWithoutPermissionStopsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{
			Unauthorised: []string{string(nightjar.FeedDLP)}, UnauthorisedUntil: 30 * time.Hour,
		}}, slowPolls)
		began := time.Now()
		sum := w.once(OnceOptions{})
		if s := sum.feed(nightjar.FeedDLP); s.Complete || s.Reason == "" {
			t.Errorf("the feed without permission is %+v", s)
		}
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("it took %s to give up on it", took)
		}
		if !sum.feed(nightjar.FeedExchange).Complete || sum.feed(nightjar.FeedExchange).Stored == 0 {
			t.Errorf("another feed is %+v", sum.feed(nightjar.FeedExchange))
		}
		if !w.warnings.has(nightjar.WarnPermissionMissing, nightjar.FeedDLP) || w.warnings.has(nightjar.WarnPermissionMissing, nightjar.FeedExchange) {
			t.Errorf("the warnings are %v", w.warnings.set)
		}
		w.serve(31 * time.Hour)
		if w.warnings.has(nightjar.WarnPermissionMissing, nightjar.FeedDLP) {
			t.Error("the warning stays after the permission was granted")
		}
		w.once(OnceOptions{}) // up to now
		w.exact()
	})
}

func TestThrottleStormCostsTimeOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{Throttle: sim.Throttle{
			Share: 0.3, Forbidden: 0.5, RetryAfterMin: time.Second, RetryAfterMax: 2 * time.Second, Garbage: 0.2,
		}}}, slowPolls)
		sum := w.once(OnceOptions{MaxWait: 7 * 24 * time.Hour})
		if !sum.Complete {
			t.Errorf("the summary is %+v", sum)
		}
		if w.pipeline.count(nightjar.PipelineThrottled, "throttled") == 0 {
			t.Error("nobody is told of the throttling")
		}
		w.once(OnceOptions{MaxWait: 7 * 24 * time.Hour}) // what came meanwhile
		w.exact()
	})
}

func TestTenantsThatMustWaitHoldUpNoOther(t *testing.T) {
	bubble(t, func(t *testing.T) {
		events := realEvents(t)
		tenants := []sim.TenantConfig{{ID: realTenant, Events: events, EventsPerBlob: 20}}
		slow := make(map[nightjar.TenantID]int)
		for _, id := range []string{"0b0d2a40-0000-4000-8000-000000000002", "0b0d2a40-0000-4000-8000-000000000003", "0b0d2a40-0000-4000-8000-000000000004"} {
			tenants = append(tenants, sim.TenantConfig{ID: id, Events: events[:1000], EventsPerBlob: 4})
			slow[nightjar.TenantID(id)] = 8
		}
		w := newWorld(t, sim.Config{Tenants: tenants}, func(w *world) { w.slow = slow })
		all := w.tenants
		w.setTenants(all[1:])
		time.AfterFunc(10*time.Minute, func() { w.setTenants(all) })
		w.serve(15 * time.Minute)
		if n := len(w.stored(realTenant)); n != len(events) {
			t.Errorf("%d of %d events of the tenant that need not wait are stored", n, len(events))
		}
		for id := range slow {
			if n := len(w.stored(id)); n > 950 {
				t.Errorf("a tenant that waits has %d events already: the test shows nothing", n)
			}
		}
	})
}

func TestTimeBoundEndsARunWithItsReason(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{Outages: []sim.Outage{{For: 5 * time.Hour}}}}, slowPolls)
		began := time.Now()
		sum := w.once(OnceOptions{MaxWait: time.Hour})
		if took := time.Since(began); took > 62*time.Minute {
			t.Errorf("the run took %s", took)
		}
		if sum.Complete || sum.Reason == "" || sum.feed(nightjar.FeedExchange).Reason == "" {
			t.Errorf("the summary is %+v", sum)
		}
	})
}

func TestPoisonIsKeptAndItsNeighboursGoOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{Poison: 2, HTML: 1, WrongTenant: 2, ForeignContent: 1}}, slowPolls)
		sum := w.once(OnceOptions{})
		var quarantined, refused int64
		for _, f := range sum.Feeds {
			quarantined += f.Quarantined
			refused += f.Refused
			if f.Gaps != 0 || f.Missing != 0 {
				t.Errorf("%s: %+v", f.Feed, f)
			}
		}
		if quarantined != 4 || refused != 2 {
			t.Errorf("%d blobs and %d records are in quarantine, want 4 and 2", quarantined, refused)
		}
		files := 0
		for _, f := range w.coverage().Feeds {
			for _, q := range f.Quarantine {
				files++
				if q.Bytes == 0 || !exists(w, q.Path) {
					t.Errorf("the quarantine holds %+v", q)
				}
			}
		}
		if files != 6 {
			t.Errorf("%d files are in quarantine, want 6", files)
		}
		w.exact()
	})
}

func TestARecordThatIsNotUTF8IsKeptAndItsNeighboursGoOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		events := slices.Clone(realEvents(t))
		at := slices.IndexFunc(events, func(e []byte) bool { return bytes.Contains(e, []byte(`"Workload":"Exchange"`)) })
		events[at] = bytes.Replace(events[at], []byte(`"Workload":"Exchange"`), []byte("\"Workload\":\"Exchange\",\"X\":\"\xff\""), 1)
		w := newWorld(t, sim.Config{Tenants: []sim.TenantConfig{{ID: realTenant, Events: events}}}, nil)
		w.once(OnceOptions{})
		if n := len(w.stored(realTenant)); n != len(events)-1 {
			t.Errorf("%d events are stored, want %d", n, len(events)-1)
		}
		for _, f := range w.coverage().Feeds {
			if f.Feed != nightjar.FeedExchange {
				continue
			}
			if len(f.Quarantine) != 1 || f.Total.Refused != 1 {
				t.Fatalf("%+v, in quarantine %+v", f.Total, f.Quarantine)
			}
			kept, err := os.ReadFile(filepath.Join(w.dir, f.Quarantine[0].Path))
			if err != nil || !bytes.Equal(kept, append(bytes.Clone(events[at]), '\n')) {
				t.Errorf("the quarantine holds %q: %v", kept, err)
			}
		}
	})
}

func TestYoungContentThatGrowsIsFetchedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{Growing: sim.Late{Share: 0.5, Delay: 10 * time.Minute}}}, func(w *world) {
			w.options.PollInterval = 9 * time.Minute
		})
		w.serve(18 * time.Hour)
		gain := int64(0)
		for _, f := range w.coverage().Feeds {
			gain += f.RefetchGain
		}
		if gain == 0 {
			t.Error("no second fetch brought anything")
		}
		time.Sleep(time.Hour) // the last hour's content is whole by now
		w.restart()
		if sum := w.once(OnceOptions{Settle: true, MaxWait: 2 * time.Hour}); !sum.Complete {
			t.Errorf("the summary is %+v", sum)
		}
		w.exact()
	})
}

func TestLateAndRepeatedContent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{
			Late: sim.Late{Share: 0.2, Delay: 6 * time.Hour}, Redeliver: sim.Late{Share: 0.2, Delay: 5 * 24 * time.Hour},
		}}, slowPolls)
		w.serve(3 * 24 * time.Hour)
		time.Sleep(7 * time.Hour)
		w.serve(26 * time.Hour)
		w.once(OnceOptions{})
		var found, duplicates int64
		for _, f := range w.coverage().Feeds {
			found += f.ReconcileFound
			duplicates += f.Total.Duplicates
		}
		if found == 0 || duplicates == 0 {
			t.Errorf("the daily look found %d blobs, %d events came again", found, duplicates)
		}
		w.exact()
	})
}

func TestStoppingAtAnyMomentLosesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{ServerError: 0.1, Truncate: 0.1}}, nil)
		for i := range 12 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*i)*150*time.Millisecond)
			_, err := w.c.Once(ctx, OnceOptions{})
			cancel()
			if err != nil && nightjar.CodeOf(err) != nightjar.CodeInterrupted {
				t.Fatal(err)
			}
			w.restart()
		}
		if sum := w.once(OnceOptions{}); !sum.Complete {
			t.Errorf("the summary is %+v", sum)
		}
		w.exact()
	})
}

func TestLostBlobsAreNamed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t), Scenario: sim.Scenario{Expired: 0.05, Missing: 0.05}}, slowPolls)
		sum := w.once(OnceOptions{})
		withheld := map[string]bool{}
		for _, tenant := range w.sim.Report().Tenants {
			for _, f := range tenant.Feeds {
				for _, b := range f.Withheld {
					withheld[b.ContentID] = true
				}
			}
		}
		named := 0
		for _, f := range w.coverage().Feeds {
			for _, g := range f.Gaps {
				if !withheld[g.ContentID] {
					t.Errorf("the gap %+v is not one", g)
				}
				named++
			}
			if s := sum.feed(f.Feed); s.Missing+s.Expired != f.Total.Lost || s.Complete != (f.Total.Lost == 0) {
				t.Errorf("the summary of %s is %+v, its coverage %+v", f.Feed, s, f.Total)
			}
		}
		if named == 0 || named != len(withheld) {
			t.Errorf("%d lost blobs are named, %d were withheld", named, len(withheld))
		}
		w.exact()
	})
}

func TestFeedSwitchedOffByAnAdministratorStaysOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t)}, slowPolls)
		w.once(OnceOptions{})
		act := w.clients[w.tenants[0].ID]
		if err := act.StopSubscription(t.Context(), nightjar.FeedExchange); err != nil {
			t.Fatal(err)
		}
		w.restart()
		w.serve(3 * time.Hour)
		subs, err := act.ListSubscriptions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(subs, func(s m365.Subscription) bool { return s.Feed == nightjar.FeedExchange })
		if i < 0 || subs[i].Enabled() {
			t.Errorf("the subscriptions are %+v", subs)
		}
		if !w.warnings.has(nightjar.WarnSubscriptionDisabled, nightjar.FeedExchange) {
			t.Errorf("the warnings are %v", w.warnings.set)
		}
		// The administrator switches it on again: what it missed is a gap.
		if _, err := act.StartSubscription(t.Context(), nightjar.FeedExchange, nil); err != nil {
			t.Fatal(err)
		}
		w.restart()
		w.serve(3 * time.Hour)
		for _, f := range w.coverage().Feeds {
			gaps := len(f.Gaps)
			if f.Feed != nightjar.FeedExchange && gaps != 0 || f.Feed == nightjar.FeedExchange &&
				(gaps != 1 || f.Gaps[0].Reason != GapDisabled || f.Gaps[0].To.Sub(f.Gaps[0].From) < 2*time.Hour) {
				t.Errorf("%s has gaps %+v", f.Feed, f.Gaps)
			}
		}
	})
}

func TestAuditingOffIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: []sim.TenantConfig{{AuditDisabled: true}}}, nil)
		sum := w.once(OnceOptions{})
		if sum.Complete || !w.warnings.has(nightjar.WarnAuditOff, nightjar.FeedExchange) {
			t.Errorf("the summary is %+v, the warnings %v", sum, w.warnings.set)
		}
	})
}

func TestTenantsComeGoAndPauseAtRunTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: []sim.TenantConfig{{People: 3, Backlog: 12 * time.Hour}, {People: 3, Backlog: 12 * time.Hour}}}, nil)
		all := slices.Clone(w.tenants)
		w.setTenants(all[:1])
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.c.Run(ctx) }()
		time.Sleep(10 * time.Minute)
		if len(w.stored(all[0].ID)) == 0 || len(w.stored(all[1].ID)) != 0 {
			t.Error("the wrong tenant is collected")
		}
		paused := all[0]
		paused.Paused = true
		w.setTenants([]nightjar.Tenant{paused, all[1]})
		time.Sleep(10 * time.Minute)
		if len(w.stored(all[1].ID)) == 0 {
			t.Error("the tenant that was added is not collected")
		}
		if n := len(w.c.Status()); n != 1 {
			t.Errorf("%d tenants are running, want 1", n)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestFilterDropsAndCounts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: []sim.TenantConfig{{ID: realTenant, Events: realEvents(t)}}}, func(w *world) {
			w.tenants[0].Feeds[nightjar.FeedExchange] = nightjar.FeedOptions{Filter: nightjar.FeedFilter{DropOperations: []string{"set-MAILBOXplan"}}}
			w.tenants[0].Feeds[nightjar.FeedGeneral] = nightjar.FeedOptions{Off: true}
		})
		sum := w.once(OnceOptions{})
		s := sum.feed(nightjar.FeedExchange)
		f := w.coverage().Feeds[slices.Index(nightjar.Feeds(), nightjar.FeedExchange)]
		if s.Filtered == 0 || f.Total.Filtered != s.Filtered || f.Total.Events != f.Total.Stored+f.Total.Filtered {
			t.Errorf("the summary is %+v, the coverage %+v", s, f.Total)
		}
		if len(sum.Feeds) != 4 {
			t.Errorf("%d feeds are collected, want 4", len(sum.Feeds))
		}
	})
}

func TestStoppedJournalStopsTheCollector(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, sim.Config{Tenants: living(t)}, func(w *world) { w.syncFails = true })
		if err := w.c.Run(t.Context()); !errors.Is(err, errNoSync) {
			t.Errorf("Run returned %v", err)
		}
	})
}
