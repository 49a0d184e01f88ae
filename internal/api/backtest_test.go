package api

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/detect"
)

// exerciseBacktests asks a rule of what is stored, and runs its tests.
func (b *bundle) exerciseBacktests(do doer) {
	path := "/api/v1/rules/" + guessing
	do(200, post, path+"/test", nil)
	do(404, post, "/api/v1/rules/none/test", nil)
	do(400, post, path+"/backtest", map[string]any{"samples": 1000})
	do(404, post, "/api/v1/rules/none/backtest", map[string]any{})
	var job struct{ ID string }
	do(202, post, path+"/backtest", map[string]any{"tenants": []any{contoso}, "samples": 3}).into(b.t, &job)
	do(200, get, path+"/backtest/"+job.ID, nil)
	do(204, remove, path+"/backtest/"+job.ID, nil)
	do(404, get, path+"/backtest/none", nil)
	var tests ruleTestAnswer
	do(200, post, "/api/v1/rules/"+inSQL+"/test", nil).into(b.t, &tests)
	if !tests.Passed || len(tests.Tests) != 1 || tests.Tests[0].Name != "few" {
		b.t.Errorf("the tests of a rule in SQL went %+v", tests)
	}
	do(404, get, "/api/v1/rules/none/backtest/"+job.ID, nil)
}

// A backtest asks the events of the tenants that its person may read, is shown
// to that person alone, and to nobody who lost a tenant.
func TestABacktestIsItsPersonsAndOfItsTenants(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, other := b.token(access.RoleAnalyst, contoso), b.token(access.RoleAnalyst, contoso)
	path := "/api/v1/rules/" + guessing + "/backtest"
	if a := who.send(post, path, map[string]any{"tenants": []any{fabrikam}}); a.status != http.StatusNotFound {
		t.Errorf("a foreign tenant: %d %s", a.status, a.body)
	}
	var job backtestBody
	want(t, who, 202, post, path, map[string]any{}).into(t, &job)
	if a := other.send(get, path+"/"+job.ID, nil); a.status != http.StatusNotFound {
		t.Errorf("another person's: %d %s", a.status, a.body)
	}
	if a := other.send(remove, path+"/"+job.ID, nil); a.status != http.StatusNotFound {
		t.Errorf("another person cancels: %d %s", a.status, a.body)
	}
	var stored queryAnswer
	want(t, who, 200, post, "/api/v1/query", map[string]any{"sql": "SELECT count(*) AS n FROM management"}).into(t, &stored)
	for deadline := time.Now().Add(20 * time.Second); job.State == "running"; {
		if time.Now().After(deadline) {
			t.Fatal("the backtest does not end")
		}
		want(t, who, 200, get, path+"/"+job.ID, nil).into(t, &job)
	}
	if job.State != "done" || job.Share != 1 || fmt.Sprint(job.Events) != fmt.Sprint(stored.Rows[0][0]) || job.Events == 0 {
		t.Errorf("the backtest is %+v, want %v events of contoso", job, stored.Rows)
	}
}

// One backtest a person runs at a time, and it can be cancelled.
func TestOneBacktestAPersonRunsAtATime(t *testing.T) {
	t.Parallel()
	x := &backtests{}
	first := &backtest{id: "1", person: "anna"}
	if err := x.add(first); err != nil {
		t.Fatal(err)
	}
	if err := x.add(&backtest{id: "2", person: "anna"}); nightjar.CodeOf(err) != nightjar.CodeConflict {
		t.Errorf("a second of one person: %v", err)
	}
	if err := x.add(&backtest{id: "3", person: "berta"}); err != nil {
		t.Error(err)
	}
	if err := x.add(&backtest{id: "4", person: "carla"}); nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Errorf("more than %d in all: %v", backtestsAll, err)
	}
	x.ended(first, detect.BacktestReport{}, errCancelled)
	if first.state != "cancelled" {
		t.Errorf("it is %s", first.state)
	}
	if err := x.add(&backtest{id: "5", person: "anna"}); err != nil {
		t.Error(err)
	}
}

// Compiling the rules is work: who only looks may not have it done, and who
// has a backtest running, or comes when the server ends, does not get so far.
func TestABacktestIsOfThoseWhoMayChangeRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := "/api/v1/rules/" + guessing + "/backtest"
	viewer, who := b.token(access.RoleViewer, contoso), b.token(access.RoleAnalyst, contoso)
	want(t, viewer, 403, post, path, map[string]any{})
	var job backtestBody
	want(t, who, 202, post, path, map[string]any{}).into(t, &job)
	if err := b.api.Close(); err != nil {
		t.Error(err)
	}
	if want(t, who, 200, get, path+"/"+job.ID, nil).into(t, &job); job.State == "running" {
		t.Error("it outlives the server")
	}
	want(t, who, 503, post, path, map[string]any{})
}

// A backtest that runs ends with the server, which waits for it.
func TestABacktestEndsWithTheServer(t *testing.T) {
	t.Parallel()
	x := &backtests{}
	ctx, cancel := context.WithCancelCause(t.Context())
	b := &backtest{id: "1", person: "anna", cancel: cancel}
	if err := x.add(b); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer x.running.Done()
		<-ctx.Done()
		x.ended(b, detect.BacktestReport{}, context.Cause(ctx))
	}()
	x.close()
	if b.state != "cancelled" {
		t.Errorf("after the end it is %s", b.state)
	}
	if err := x.add(&backtest{id: "2", person: "berta"}); nightjar.CodeOf(err) != nightjar.CodeUnavailable {
		t.Errorf("one more starts: %v", err)
	}
}

// A rule in SQL is asked about spans, and its backtest counts the questions.
func TestABacktestOfARuleInSQLCountsItsQuestions(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *Config) {
		c.Backtest = func(_ context.Context, cfg detect.BacktestConfig) (detect.BacktestReport, error) {
			cfg.Progress(detect.BacktestProgress{Questions: 3, Commit: 3, Of: 4})
			return detect.BacktestReport{Questions: 4, Findings: 1, Rules: []detect.BacktestRule{{Rule: cfg.Only[0], Findings: 1, Failure: "too slow"}}}, nil
		}
	})
	who := b.token(access.RoleAnalyst, contoso)
	var job backtestBody
	want(t, who, 202, post, "/api/v1/rules/"+inSQL+"/backtest", map[string]any{}).into(t, &job)
	for deadline := time.Now().Add(20 * time.Second); job.State == "running"; {
		if time.Now().After(deadline) {
			t.Fatal("the backtest does not end")
		}
		want(t, who, 200, get, "/api/v1/rules/"+inSQL+"/backtest/"+job.ID, nil).into(t, &job)
	}
	if job.State != "done" || job.Questions != 4 || job.Findings != 1 || job.Problem != "too slow" {
		t.Errorf("the backtest is %+v", job)
	}
}
