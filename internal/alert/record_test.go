package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

func TestManyFindingsOfOneFingerprintAreOneAlert(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var many []nightjar.Finding
	for n := range 10_000 {
		f := finding("r-spray", "anna@contoso.com", n/60)
		f.ID = nightjar.FindingID("many", fmt.Sprint(n))
		many = append(many, f)
	}
	for batch := range slices.Chunk(many, 333) {
		b.record(batch...)
	}
	b.record(many[:500]...) // again, as after a crash
	all := b.all()
	if len(all) != 1 || all[0].Findings != 10_000 || all[0].Count != 10_000 || !all[0].First.Equal(monday) || !all[0].Last.Equal(many[9_999].Time) {
		t.Fatalf("%d alerts, the first %+v", len(all), all[0])
	}
	if n := strings.Count(b.out.kinds(), "opened"); n != 1 {
		t.Errorf("people are told %d times that it is new", n)
	}
	found, next, err := b.keeper.Findings(t.Context(), nil, all[0].ID, "", 1000)
	if err != nil || len(found) != 1000 || next == "" || found[0].ID != many[9_999].ID || found[0].Events[0].ID != "event-166" || found[0].Values["UserId"] != "anna@contoso.com" {
		t.Errorf("%d findings, next %q, %v", len(found), next, err)
	}
}

func TestADayWithoutFindingsEndsWhatAnAlertCollects(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hours := func(n int) nightjar.Finding { return finding("r-spray", "anna@contoso.com", n*60) }
	b.record(hours(0), hours(20), hours(43)) // each within a day of the last
	b.record(hours(70))                      // more than a day later
	b.record(hours(-20))                     // late, within a day before the first
	all := b.all()
	if len(all) != 2 || all[0].Findings != 4 || !all[0].First.Equal(hours(-20).Time) || !all[0].Began.Equal(monday) || all[1].Findings != 1 || all[1].Previous != all[0].ID {
		t.Errorf("%+v", all)
	}
}

func TestWhatIsTriedOrInformationalIsKeptAndAlertsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tried, told := finding("r-spray", "anna@contoso.com", 0), finding("r-mail", "anna@contoso.com", 0)
	tried.DryRun, told.Severity = true, nightjar.SeverityInformational
	b.record(tried, told)
	if len(b.all()) != 0 || b.out.kinds() != "" {
		t.Errorf("%+v, told of %s", b.all(), b.out.kinds())
	}
	kept, err := readFindings(t.Context(), b.db, sqlFindingsAfter, 0, 10)
	if err != nil || len(kept) != 2 || !kept[0].DryRun || kept[1].Severity != nightjar.SeverityInformational {
		t.Errorf("%+v, %v", kept, err)
	}
}

// TestAlertsDependOnFindingsAndTheirOrderAlone records the same findings in
// batches of every size.
func TestAlertsDependOnFindingsAndTheirOrderAlone(t *testing.T) {
	t.Parallel()
	var all []nightjar.Finding
	for n := range 60 {
		f := finding([]string{"r-spray", "r-lockout", "r-mail"}[n%3], []string{"anna@contoso.com", "ben@contoso.com", "carl@contoso.com", "dora@contoso.com"}[n*n%4], n*37)
		f.Severity = nightjar.Severities()[1+n%4]
		f.Entities = append(f.Entities, nightjar.Entity{Kind: nightjar.EntityAddress, Value: fmt.Sprintf("198.51.100.%d", n%7)})
		all = append(all, f)
	}
	var want string
	for _, size := range []int{1, 7, 60} {
		b := setup(t)
		for batch := range slices.Chunk(all, size) {
			b.record(batch...)
			b.record(batch...)
		}
		var got strings.Builder
		for _, a := range b.all() {
			a.Opened, a.Changed, a.Revision, a.Version = time.Time{}, time.Time{}, 0, 0
			fmt.Fprintf(&got, "%+v\n", a)
		}
		if want == "" {
			want = got.String()
		}
		if got.String() != want {
			t.Errorf("in batches of %d:\n%s\nwant\n%s", size, got.String(), want)
		}
	}
}

func TestACrashBeforeTheCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.out.fail = errors.New("disk full")
	f := finding("r-spray", "anna@contoso.com", 0)
	err := b.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.keeper.Record(ctx, tx, []nightjar.Finding{f}) })
	if !errors.Is(err, b.out.fail) || len(b.all()) != 0 {
		t.Fatalf("%v, %+v", err, b.all())
	}
	b.out.fail = nil
	b.record(f)
	if all := b.all(); len(all) != 1 || all[0].Number != 1 || all[0].Findings != 1 {
		t.Errorf("%+v", all)
	}
}

// TestClosingAndCountingAtOnceLosesNothing has people close alerts while
// findings come in: each finding is in one alert, and no closed alert grows.
func TestClosingAndCountingAtOnceLosesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const rounds = 60
	var both sync.WaitGroup
	both.Go(func() {
		for n := range rounds {
			f := finding("r-spray", "anna@contoso.com", n)
			if err := b.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.keeper.Record(ctx, tx, []nightjar.Finding{f}) }); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		for range rounds {
			open, _, err := b.keeper.List(t.Context(), Filter{Statuses: []Status{StatusNew}})
			if err != nil {
				t.Error(err)
			}
			for _, a := range open {
				_, err := b.keeper.Change(t.Context(), ada(), Request{Action: ActionClose, Disposition: DispositionFalse, IDs: []string{a.ID}, Versions: map[string]int64{a.ID: a.Version}})
				if err != nil {
					t.Error(err)
				}
			}
		}
	})
	both.Wait()
	total, previous := int64(0), ""
	for _, a := range b.all() {
		if a.Previous != previous {
			t.Errorf("%s follows %q, want %q", a.ID, a.Previous, previous)
		}
		total, previous = total+a.Findings, a.ID
	}
	if total != rounds {
		t.Errorf("%d findings, want %d", total, rounds)
	}
}

func TestTextsOfAttackersDoNotStopTheRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := finding("r-spray", "anna'; DROP TABLE alert_alerts; --\x00\xff?", 0)
	f.Reason, f.Title = "? ?0 \x00 \xff 'quoted'", strings.Repeat("é\x00", 10)
	f.Values = map[string]string{"\x00?": "\xff"}
	b.record(f)
	if a := b.all()[0]; a.Reason != "? ?0  � 'quoted'" || !strings.HasPrefix(a.Entities[0].Value, "anna'; DROP") {
		t.Errorf("%+v", a)
	}
	found, _, err := b.keeper.List(t.Context(), Filter{Text: "'quoted'", Entity: "user:" + b.all()[0].Entities[0].Value})
	if err != nil || len(found) != 1 {
		t.Errorf("%d alerts found, %v", len(found), err)
	}
}

func BenchmarkRecord(b *testing.B) {
	for _, c := range []struct {
		name  string
		users int
	}{{"one fingerprint", 1}, {"an alert each", 1 << 30}} {
		b.Run(c.name, func(b *testing.B) {
			k := setup(b)
			b.ResetTimer()
			for n := 0; n < b.N; n += 100 {
				batch := make([]nightjar.Finding, 0, 100)
				for i := n; i < n+100; i++ {
					f := finding("r-spray", fmt.Sprintf("user%d@contoso.com", i%c.users), 0)
					f.ID = nightjar.FindingID("bench", fmt.Sprint(i))
					batch = append(batch, f)
				}
				k.record(batch...)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "findings/s")
		})
	}
}
