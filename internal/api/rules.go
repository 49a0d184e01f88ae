package api

import (
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/schedule"
)

type tenantMode struct {
	Tenant nightjar.TenantID `json:"tenant"`
	Mode   ruleset.Mode      `json:"mode"`
}

type ruleHits struct {
	Day  int64     `json:"day"`
	Week int64     `json:"week"`
	Last time.Time `json:"last,omitzero"`
}

type ruleQuality struct {
	True    int64         `json:"true"`
	Benign  int64         `json:"benign"`
	False   int64         `json:"false"`
	Open    int64         `json:"open"`
	Verdict alert.Verdict `json:"verdict"`
}

// ruleBody is a rule in lists.
type ruleBody struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	Pack       string            `json:"pack"`
	Folder     string            `json:"folder"`
	Shipped    bool              `json:"shipped"`
	Kind       ruleset.Kind      `json:"kind"`
	Alerts     bool              `json:"alerts"`
	Severity   nightjar.Severity `json:"severity"`
	Status     string            `json:"status"`
	Mode       ruleset.Mode      `json:"mode"`
	Modes      []tenantMode      `json:"modes"`
	Tags       []string          `json:"tags"`
	Runs       bool              `json:"runs"`
	Changed    bool              `json:"changed"`
	Exceptions int               `json:"exceptions"`
	Tests      int               `json:"tests"`
	Hits       *ruleHits         `json:"hits,omitempty"`
	Quality    *ruleQuality      `json:"quality,omitempty"`
}

type ruleFault struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Rule    string `json:"rule"`
	Warning bool   `json:"warning"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func faultOf(f *ruleset.Fault) ruleFault {
	return ruleFault{f.File, f.Line, f.Rule, f.Warning, f.Err.Message, f.Err.Hint}
}

type ruleFolder struct {
	Name    string `json:"name"`
	Shipped bool   `json:"shipped"`
	Rules   int    `json:"rules"`
	Commit  string `json:"commit,omitempty"`
	Branch  string `json:"branch,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// ruleView is the rules as one request sees them.
type ruleView struct {
	set     *ruleset.Set
	meaning *ruleset.Meaning
	scope   []nightjar.Tenant
	hits    map[string]alert.Hits
	quality map[string]alert.Quality
	states  map[string]schedule.State
	// sees are the tenants whose events the caller may read; nil is all.
	sees []nightjar.TenantID
	now  time.Time
}

// rules looks at the rules as the tenants of the request have them.
func (c *call) rules() (*ruleView, error) {
	if c.server.cfg.Rules == nil {
		return nil, problem(nightjar.CodeUnavailable, "rules are not served here", "nightjar serve does")
	}
	v := &ruleView{set: c.server.cfg.Rules.Current(), scope: c.scope, sees: c.tenantsFor(access.PermEventRead), now: c.server.cfg.Clock.Now(), quality: map[string]alert.Quality{}}
	var err error
	if c.server.cfg.Schedules != nil {
		if v.states, err = c.server.cfg.Schedules(c.ctx); err != nil {
			return nil, err
		}
	}
	if v.meaning, err = v.set.Meaning(); err != nil || c.server.cfg.Alerts == nil {
		return v, err
	}
	ids := make([]nightjar.TenantID, 0, len(c.scope))
	for _, t := range c.scope {
		ids = append(ids, t.ID)
	}
	if v.hits, err = c.server.cfg.Alerts.Hits(c.ctx, ids); err != nil {
		return nil, err
	}
	qualities, err := c.server.cfg.Alerts.Qualities(c.ctx, ids, "", time.Time{}, time.Time{})
	for _, q := range qualities {
		v.quality[q.Rule] = q
	}
	return v, err
}

// in reports whether a change is about all tenants, or one of the request.
func (v *ruleView) in(tenant nightjar.TenantID) bool {
	return tenant == "" || slices.ContainsFunc(v.scope, func(t nightjar.Tenant) bool { return t.ID == tenant })
}

// about reports whether an exception concerns a tenant of the request.
func (v *ruleView) about(e ruleset.Exception) bool {
	return len(e.Tenants) == 0 || slices.ContainsFunc(e.Tenants, v.in)
}

func (v *ruleView) rule(i *ruleset.Info) ruleBody {
	label := i.Label()
	b := ruleBody{
		ID: label, Title: i.Title, Pack: i.Pack, Folder: i.Folder, Shipped: i.Shipped, Kind: i.Kind, Alerts: i.Alerts,
		Severity: v.set.Severity(label, ""), Status: i.Status, Mode: v.set.Mode(label, ""), Modes: []tenantMode{}, Tags: some(i.Tags),
		Runs: v.meaning.Binding(i).Runs, Tests: len(i.Tests),
	}
	for _, t := range v.scope {
		if mode := v.set.Mode(label, t.ID); mode != b.Mode {
			b.Modes = append(b.Modes, tenantMode{t.ID, mode})
		}
	}
	changes := v.set.Changes()
	b.Changed = slices.ContainsFunc(changes.Changes, func(c ruleset.Change) bool { return c.Rule == label && v.in(c.Tenant) })
	for _, e := range changes.Exceptions {
		if e.Rule == label && e.Active(v.now) && v.about(e) {
			b.Exceptions++
			b.Changed = true
		}
	}
	if v.hits != nil {
		h := v.hits[label]
		b.Hits = &ruleHits{h.Day, h.Week, h.Last}
	}
	if q, ok := v.quality[label]; ok {
		b.Quality = &ruleQuality{q.True, q.Benign, q.False, q.Open, q.Verdict}
	}
	return b
}

func (s *Server) listRules(c *call) error {
	v, err := c.rules()
	if err != nil {
		return err
	}
	q := c.r.URL.Query()
	type answer struct {
		Items   []ruleBody   `json:"items"`
		Faults  []ruleFault  `json:"faults"`
		Folders []ruleFolder `json:"folders"`
		Version string       `json:"version"`
		Loaded  time.Time    `json:"loaded"`
	}
	out := answer{Items: []ruleBody{}, Faults: []ruleFault{}, Folders: []ruleFolder{}, Version: v.set.Version(), Loaded: s.cfg.Rules.Since()}
	count := map[string]int{}
	for _, i := range v.set.Infos() {
		count[i.Folder]++
		if !i.Alerts && q.Get("parts") != "true" {
			continue
		}
		b := v.rule(i)
		if fits(b, i, q.Get("pack"), q.Get("mode"), q.Get("severity"), q.Get("q")) {
			out.Items = append(out.Items, b)
		}
	}
	slices.SortStableFunc(out.Items, func(a, b ruleBody) int {
		if order := strings.Compare(a.Pack, b.Pack); order != 0 {
			return order
		}
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	for _, f := range v.set.Faults {
		out.Faults = append(out.Faults, faultOf(f))
	}
	for _, f := range v.set.Folders() {
		out.Folders = append(out.Folders, ruleFolder{f.Name, f.Shipped, count[f.Name], f.Commit, f.Branch, f.Problem})
	}
	return c.ok(out)
}

// fits reports whether a rule is one that the request asks for.
func fits(b ruleBody, i *ruleset.Info, pack, mode, severity, words string) bool {
	if pack != "" && b.Pack != pack || severity != "" && string(b.Severity) != severity {
		return false
	}
	if mode != "" && string(b.Mode) != mode && !slices.ContainsFunc(b.Modes, func(m tenantMode) bool { return string(m.Mode) == mode }) {
		return false
	}
	text := strings.ToLower(strings.Join(append([]string{i.ID, i.Name, i.Title, i.Description, i.Pack}, i.Tags...), " "))
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// readable shows the rules, after a change, as the tenants have them that the
// caller may read.
func (c *call) readable() { c.scope = c.may(access.PermEventRead) }
