package schedule_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

// past is a backtest of the rule of the scheduler's tests over an hour.
func past(t *testing.T, lookback string, l *log) (cfg schedule.BacktestConfig, found *[]string) {
	t.Helper()
	set, err := ruleset.Load([]ruleset.Folder{{Name: "rules", FS: fstest.MapFS{
		"p/r.yml": {Data: []byte(strings.Replace(rules, "LOOKBACK", lookback, 1))},
	}}}, ruleset.Options{Changes: ruleset.Changes{Changes: []ruleset.Change{
		{What: ruleset.ChangeParameter, Rule: "failed", Name: "least", Tenant: fabrikam, Value: int64(7)},
	}}})
	if err != nil || len(set.Faults) > 0 {
		t.Fatal(err, set.Faults)
	}
	found = &[]string{}
	start := ruleset.TestStart()
	return schedule.BacktestConfig{
		Asker: l, Rules: set, Rule: set.Info("failed"), From: start, To: start.Add(time.Hour),
		Tenants: []nightjar.Tenant{{ID: contoso, Name: "contoso"}, {ID: fabrikam, Name: "fabrikam"}},
		Found: func(f nightjar.Finding) error {
			*found = append(*found, f.Time.Format("15:04 ")+string(f.Tenant[:4])+" "+f.Reason)
			return nil
		},
	}, found
}

func TestABacktestAsksAboutEachSpanAsTheSchedulerDoes(t *testing.T) {
	t.Parallel()
	start := ruleset.TestStart()
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	for name, c := range map[string]struct {
		lookback string
		want     []string
	}{
		"spans in a row":     {"5m", []string{"09:05 5f0c a failed 2 times", "09:10 6f0c b failed 1 times", "09:45 5f0c a failed 1 times"}},
		"spans that overlap": {"30m", []string{"09:05 5f0c a failed 2 times", "09:10 6f0c b failed 1 times", "09:45 5f0c a failed 1 times"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &log{rows: []row{{at(1), contoso, "a"}, {at(2), contoso, "a"}, {at(7), fabrikam, "b"}, {at(41), contoso, "a"}, {at(58), contoso, "too late"}}}
			cfg, found := past(t, c.lookback, l)
			var told []int64
			cfg.Progress = func(asked, of int64) { told = append(told, asked, of) }
			asked, err := schedule.Backtest(t.Context(), cfg)
			if err != nil || asked != 12 || len(l.asked) != 24 { // one a span for each tenant: their parameters differ
				t.Fatalf("asked %d times about %d spans, %v", len(l.asked), asked, err)
			}
			if !slices.Equal(*found, c.want) {
				t.Errorf("found %q, want %q", *found, c.want)
			}
			if told[0] != 1 || told[22] != 12 || told[23] != 12 {
				t.Errorf("told %v", told)
			}
		})
	}
}

func TestABacktestEndsWhenItCannotGoOn(t *testing.T) {
	t.Parallel()
	bad, full := errors.New("there is no such table"), errors.New("the pipe is closed")
	cfg, _ := past(t, "5m", &log{err: bad})
	if asked, err := schedule.Backtest(t.Context(), cfg); !errors.Is(err, bad) || asked != 0 || !strings.Contains(err.Error(), "2026-01-05T09:00:00Z") {
		t.Errorf("it asked %d times and ends with %v", asked, err)
	}
	cfg, _ = past(t, "5m", &log{rows: []row{{ruleset.TestStart(), contoso, "a"}}})
	cfg.Found = func(nightjar.Finding) error { return full }
	if _, err := schedule.Backtest(t.Context(), cfg); !errors.Is(err, full) {
		t.Errorf("it ends with %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	cfg, _ = past(t, "5m", &log{hangs: true})
	stop()
	if _, err := schedule.Backtest(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	cfg, _ = past(t, "5m", &log{})
	cfg.From = cfg.To.AddDate(-2, 0, 0)
	if _, err := schedule.Backtest(t.Context(), cfg); nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Errorf("two years end with %v", err)
	}
	cfg.Rule = cfg.Rules.Info("expiring")
	if _, err := schedule.Backtest(t.Context(), cfg); nightjar.CodeOf(err) != nightjar.CodeInvalid {
		t.Errorf("a rule of a warning ends with %v", err)
	}
}
