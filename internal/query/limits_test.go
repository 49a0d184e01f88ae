package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func (b *bundle) refusal(t *testing.T, ctx context.Context, sql string, limits Limits, a *answer) error {
	t.Helper()
	_, err := b.engine.Run(ctx, Request{SQL: sql, Tenants: []nightjar.Tenant{contoso}, Limits: limits}, a)
	if err == nil {
		t.Fatalf("%s: was answered", sql)
	}
	return err
}

const endless = "SELECT count(*) AS n FROM management a, management b, management c, management d WHERE a.id || b.id < c.id || d.id"

func TestAQueryEndsAtItsTimeLimit(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	start := time.Now()
	err := b.refusal(t, t.Context(), endless, Limits{Wall: time.Second}, &answer{})
	if nightjar.CodeOf(err) != nightjar.CodeLimit || nightjar.HintOf(err) == "" || time.Since(start) > 3*time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

// TestALimitThatNoSettingRaisesNamesNone, of a warm worker too, which served
// under others.
func TestALimitThatNoSettingRaisesNamesNone(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	for name, limits := range map[string]Limits{"rows": {Rows: 10}, "bytes": {Bytes: 4 << 10}, "time": {Wall: time.Second}} {
		sql := "SELECT id, raw FROM management"
		if name == "time" {
			sql = endless
		}
		if err := b.refusal(t, t.Context(), sql, limits, &answer{}); !strings.Contains(nightjar.HintOf(err), "raise query.") {
			t.Errorf("%s: %v; hint: %s", name, err, nightjar.HintOf(err))
		}
		b.ask(t, "SELECT 1 AS x", contoso)
		limits.Hint = "take less"
		if err := b.refusal(t, t.Context(), sql, limits, &answer{}); nightjar.CodeOf(err) != nightjar.CodeLimit || nightjar.HintOf(err) != "take less" {
			t.Errorf("%s of its own: %v; hint: %s", name, err, nightjar.HintOf(err))
		}
		b.ask(t, "SELECT 1 AS x", contoso)
	}
}

func TestCancelEndsAQueryAtOnce(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	b.ask(t, "SELECT 1 AS x", contoso) // a warm worker
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	start := time.Now()
	err := b.refusal(t, ctx, endless, Limits{}, &answer{})
	if nightjar.CodeOf(err) != nightjar.CodeInterrupted || time.Since(start) > 1500*time.Millisecond {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

func TestRowsUpToTheLimitArriveAndTheRestIsRefused(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	for _, q := range []string{"SELECT id FROM management", "SELECT id FROM management ORDER BY id LIMIT 900"} {
		a := &answer{}
		err := b.refusal(t, t.Context(), q, Limits{Rows: 100}, a)
		if nightjar.CodeOf(err) != nightjar.CodeLimit || len(a.rows) != 100 {
			t.Errorf("%s: %d rows, %v", q, len(a.rows), err)
		}
	}
	a := &answer{}
	if _, err := b.engine.Run(t.Context(), Request{SQL: "SELECT id FROM management LIMIT 100", Tenants: []nightjar.Tenant{contoso}, Limits: Limits{Rows: 100}}, a); err != nil || len(a.rows) != 100 {
		t.Errorf("%d rows, %v", len(a.rows), err)
	}
}

func TestAnAnswerEndsAtItsByteLimit(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	err := b.refusal(t, t.Context(), "SELECT raw FROM management", Limits{Bytes: 10_000}, &answer{})
	if nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Error(err)
	}
}

func TestAListEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1200)
	q := "SELECT array_agg(x) AS l FROM (SELECT true AS x FROM management AS a, management AS b LIMIT "
	if a, _ := b.ask(t, q+"1000000) AS t", contoso); len(a.rows) != 1 || len(a.rows[0][0].([]any)) != 1_000_000 {
		t.Errorf("a million values: %d rows", len(a.rows))
	}
	if err := b.refusal(t, t.Context(), q+"1100000) AS t", Limits{}, &answer{}); nightjar.CodeOf(err) != nightjar.CodeLimit {
		t.Error(err)
	}
}

func TestAnErrorOfTheSinkStopsTheQuery(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 1000)
	full := errors.New("the pipe is closed")
	a := &answer{onRow: func() error { return full }}
	if err := b.refusal(t, t.Context(), "SELECT id FROM management", Limits{}, a); !errors.Is(err, full) || len(a.rows) != 1 {
		t.Errorf("%d rows, %v", len(a.rows), err)
	}
	if a, _ := b.ask(t, "SELECT count(*) AS n FROM management", contoso); a.text() != "1000\n" {
		t.Errorf("afterwards: %s", a.text())
	}
}

func TestAWorkerEndsWithItsEngine(t *testing.T) {
	t.Parallel()
	b := arrangeWorker(t, Limits{}, 400, "query-worker-direct")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	p, err := b.engine.pool.take(ctx, nil, b.engine.cfg.Limits)
	if err != nil {
		t.Fatal(err)
	}
	defer p.guard(ctx)()
	body, err := json.Marshal(job{Direct: "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range < 0", CPU: 600})
	if err != nil {
		t.Fatal(err)
	}
	if err := writeFrame(p.w, frameRun, body); err != nil {
		t.Fatal(err)
	}
	// What the worker sees of an engine that was killed.
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // the status is looked at below
	if code := p.cmd.ProcessState.ExitCode(); code != exitAbandoned {
		t.Errorf("the worker went on until it was killed: %v", p.cmd.ProcessState)
	}
}

func TestAWorkerKilledAtTheEndOfAQueryIsNotKept(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4)
	p, err := b.engine.pool.take(t.Context(), nil, b.engine.cfg.Limits)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	disarm := p.guard(ctx)
	cancel()
	disarm()
	b.engine.pool.giveBack(p, nil)
	if n := len(b.engine.pool.idle); n != 0 {
		t.Errorf("%d dead workers wait for a query", n)
	}
}

func TestTheTimeIsTheEnginesWhereverItIsWritten(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4)
	a, _ := b.ask(t, "SELECT current_timestamp, localtimestamp AS l, now() AS n", contoso)
	row := a.rows[0]
	if row[0] != row[2] || row[1] != row[2] || a.columns[0].Name != "current_timestamp" {
		t.Errorf("%v %v", a.columns, row)
	}
}

func TestAWorkerNeverServesTwoSetsOfTenants(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 400)
	q := "SELECT count(*) AS n FROM management"
	pids := map[int][]string{}
	for i := range 6 {
		tenant := []nightjar.Tenant{contoso, fabrikam}[i%2]
		b.ask(t, q, tenant)
		for _, p := range b.engine.pool.idle {
			pids[p.cmd.Process.Pid] = p.dirs
		}
	}
	if len(pids) != 2 {
		t.Errorf("%d workers served two tenants: %v", len(pids), pids)
	}
	seen := map[string]bool{}
	for _, dirs := range pids {
		key := fmt.Sprint(dirs)
		if seen[key] || len(dirs) != 1 {
			t.Errorf("folders %v", pids)
		}
		seen[key] = true
	}
}

func TestCapabilitiesTellTheLayersInForce(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 4)
	caps, err := b.engine.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", caps)
	if !caps.Seccomp || !caps.AddressRoom {
		t.Errorf("%+v", caps)
	}
}
