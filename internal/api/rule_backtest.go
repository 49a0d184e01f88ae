package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func backtestRoutes() []Route {
	const read, manage = access.PermEventRead, access.PermRuleManage
	const job = "/api/v1/rules/{id}/backtest/{backtest}"
	return []Route{
		{http.MethodPost, "/api/v1/rules/{id}/backtest", "startBacktest", manage, tenantBody, false, rateQuery, smallBody, (*Server).startBacktest},
		{http.MethodGet, job, "getBacktest", read, tenantNone, false, rateNormal, 0, (*Server).getBacktest},
		{http.MethodDelete, job, "cancelBacktest", read, tenantNone, false, rateNormal, 0, (*Server).cancelBacktest},
		{http.MethodPost, "/api/v1/rules/{id}/test", "testRule", read, tenantNone, false, rateHeavy, 0, (*Server).testRule},
	}
}

type backtestRequest struct {
	Tenants []nightjar.TenantID `json:"tenants"` // read by permitBody
	From    time.Time           `json:"from"`
	To      time.Time           `json:"to"`
	Samples int                 `json:"samples"`
}

type backtestBody struct {
	ID      string    `json:"id"`
	Rule    string    `json:"rule"`
	State   string    `json:"state"`
	Problem string    `json:"problem,omitempty"`
	Begun   time.Time `json:"begun"`
	Share   float64   `json:"share"` // done, 0 to 1
	Events  int64     `json:"events"`
	// Questions is how many spans were asked about, of a rule in SQL.
	Questions int64           `json:"questions"`
	Findings  int64           `json:"findings"`
	Alerts    int64           `json:"alerts"`
	Seconds   float64         `json:"seconds"`
	Days      []backtestDay   `json:"days"`
	Samples   []backtestFound `json:"samples"`
}

type backtestDay struct {
	Day      string `json:"day"`
	Findings int64  `json:"findings"`
}

type backtestFound struct {
	TenantID nightjar.TenantID   `json:"tenant_id"`
	Severity nightjar.Severity   `json:"severity"`
	Time     time.Time           `json:"time"`
	Count    int64               `json:"count"`
	Reason   string              `json:"reason"`
	Entities []nightjar.Entity   `json:"entities"`
	Events   []nightjar.EventRef `json:"events"`
}

// ruleAsked finds the rule of the path.
func (c *call) ruleAsked() (*ruleset.Set, *ruleset.Info, error) {
	if c.server.cfg.Rules == nil {
		return nil, nil, noRules()
	}
	set := c.server.cfg.Rules.Current()
	info := set.Info(c.r.PathValue("id"))
	if info == nil {
		return nil, nil, problem(nightjar.CodeNotFound, "there is no such rule", "GET /api/v1/rules lists them")
	}
	return set, info, nil
}

func (s *Server) startBacktest(c *call) error {
	var q backtestRequest
	if err := c.decode(&q); err != nil {
		return err
	}
	if q.Samples == 0 {
		q.Samples = 10
	}
	if q.Samples < 0 || q.Samples > backtestSamples || !q.To.IsZero() && !q.From.Before(q.To) {
		return invalid("a backtest takes up to 100 samples, and a span that ends after it begins", "leave from and to out for all that is stored")
	}
	set, info, err := c.ruleAsked()
	if err != nil {
		return err
	}
	if info.Kind == ruleset.Warning {
		return problem(nightjar.CodeConflict, "this rule is about what holds now, and no past of that is stored", "its tests can be run")
	}
	// Who may change rules in a tenant need not be let to read its events.
	c.scope = slices.DeleteFunc(c.scope, func(t nightjar.Tenant) bool { return !c.who.May(access.PermEventRead, t.ID) })
	if !slices.Contains(c.who.Permissions(), access.PermEventRead) {
		return forbidden(access.PermEventRead)
	}
	names := map[nightjar.TenantID]string{}
	tenants := []nightjar.TenantID{}
	for _, t := range c.scope {
		names[t.ID] = t.Name
		tenants = append(tenants, t.ID)
	}
	b := &backtest{rule: info.Label(), scope: c.scope, from: q.From, to: q.To}
	err = c.backtest(b, set, detect.BacktestConfig{
		Only: []string{info.Label()}, Tenants: tenants, From: q.From, To: q.To, Samples: q.Samples,
		TenantName: func(id nightjar.TenantID) string { return names[id] },
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusAccepted, s.backtestBody(b))
}

// ownBacktest finds the backtest of the path. Who may not read a tenant any
// more may not read what was found in it.
func (c *call) ownBacktest() (*backtest, error) {
	b, err := c.server.backtests.find(c.r.PathValue("backtest"), c.who.ID, c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(b.scope, func(t nightjar.Tenant) bool { return !c.who.May(c.route.Permission, t.ID) }) {
		return nil, problem(nightjar.CodeNotFound, "there is no such backtest", "begin it again")
	}
	return b, nil
}

func (s *Server) getBacktest(c *call) error {
	b, err := c.ownBacktest()
	if err != nil {
		return err
	}
	return c.ok(s.backtestBody(b))
}

func (s *Server) cancelBacktest(c *call) error {
	b, err := c.ownBacktest()
	if err != nil {
		return err
	}
	b.cancel(errCancelled)
	return c.nothing()
}

func (s *Server) backtestBody(b *backtest) backtestBody {
	s.backtests.mu.Lock()
	defer s.backtests.mu.Unlock()
	out := backtestBody{
		ID: b.id, Rule: b.rule, State: b.state, Problem: b.problem, Begun: b.begun, Events: b.progress.Events, Questions: b.progress.Questions, Findings: b.progress.Findings,
		Days: []backtestDay{}, Samples: []backtestFound{},
	}
	if b.progress.Of > 0 {
		out.Share = float64(b.progress.Commit) / float64(b.progress.Of)
	}
	if b.report == nil {
		return out
	}
	out.Share, out.Events, out.Questions, out.Findings, out.Seconds = 1, b.report.Events, b.report.Questions, b.report.Findings, b.report.Took.Seconds()
	for _, r := range b.report.Rules {
		out.Alerts += r.Alerts
		if r.Failure != "" {
			out.Problem = r.Failure
		}
		for _, d := range r.Days {
			out.Days = append(out.Days, backtestDay{d.Day.Format(time.DateOnly), d.Findings})
		}
		for _, f := range r.Samples {
			out.Samples = append(out.Samples, backtestFound{
				f.Tenant, f.Severity, f.Time, f.Count, f.Reason, append([]nightjar.Entity{}, f.Entities...), f.Events,
			})
		}
	}
	return out
}

type ruleTestAnswer struct {
	Passed bool         `json:"passed"`
	Tests  []testResult `json:"tests"`
}

type testResult struct {
	Name     string   `json:"name"`
	Passed   bool     `json:"passed"`
	Found    int      `json:"found"`
	Failures []string `json:"failures"`
}

func (s *Server) testRule(c *call) error {
	set, info, err := c.ruleAsked()
	if err != nil {
		return err
	}
	// Each reads all rules anew: one at a time.
	leave, err := s.compiles.enter(c.ctx, c.who.Person)
	if err != nil {
		return err
	}
	defer leave()
	// Tests are of the rule as it is written, whatever was changed here.
	plain, err := ruleset.Load(set.Folders(), ruleset.Options{})
	if err != nil {
		return err
	}
	if info = plain.Info(info.Label()); info == nil {
		return problem(nightjar.CodeNotFound, "the rule's file is gone", "GET /api/v1/rules lists those that are in force")
	}
	results, err := s.cfg.RuleTests(c.ctx, plain, info)
	if err != nil {
		return err
	}
	out := ruleTestAnswer{Passed: true, Tests: []testResult{}}
	for _, r := range results {
		passed := len(r.Failures) == 0
		out.Passed = out.Passed && passed
		out.Tests = append(out.Tests, testResult{r.Test, passed, len(r.Found), append([]string{}, r.Failures...)})
	}
	return c.ok(out)
}
