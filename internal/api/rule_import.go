package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// maxParts bounds the memory that reading a file takes. A part is up to three
// nodes of YAML, and the file is parsed twice: so many take 40 to 115 MiB
// (measured), the more the longer the text, for up to a second. The changes of
// the largest installation have half as many.
const maxParts = 1 << 17

type plannedChange struct {
	Action ruleset.Action `json:"action"`
	Was    any            `json:"was,omitempty"`
	Change changeBody     `json:"change"`
}

type plannedException struct {
	Action    ruleset.Action `json:"action"`
	Was       *exceptionBody `json:"was,omitempty"`
	Exception exceptionBody  `json:"exception"`
}

type importBody struct {
	Version    int64              `json:"version"`
	Applied    bool               `json:"applied"`
	Unchanged  int                `json:"unchanged"`
	Changes    []plannedChange    `json:"changes"`
	Exceptions []plannedException `json:"exceptions"`
}

// exportRuleChanges writes what was changed as nightjar rule export does: all
// that the caller sees whole, or what is for the tenants named alone.
func (s *Server) exportRuleChanges(c *call) error {
	if s.cfg.Rules == nil {
		return noRules()
	}
	all := s.cfg.Rules.Current().Changes()
	if c.r.URL.Query().Has("tenant") {
		ids := make([]nightjar.TenantID, len(c.scope))
		for i, t := range c.scope {
			ids[i] = t.ID
		}
		all = all.Of(ids)
	}
	sees := c.tenantsFor(access.PermEventRead)
	foreign := func(t nightjar.TenantID) bool { return sees != nil && !slices.Contains(sees, t) }
	out := ruleset.Changes{}
	for _, change := range all.Changes {
		if change.Tenant == "" || !foreign(change.Tenant) {
			out.Changes = append(out.Changes, change)
		}
	}
	for _, e := range all.Exceptions {
		// Of one that is for others too, where it holds and for whom is theirs.
		if sees == nil || len(e.Tenants) > 0 && !slices.ContainsFunc(e.Tenants, foreign) {
			out.Exceptions = append(out.Exceptions, e)
		}
	}
	text, err := out.YAML()
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/yaml")
	c.w.Header().Set("Content-Disposition", `attachment; filename="rule-changes.yml"`)
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(text) // the caller went away
	return nil
}

// importRuleChanges puts a file in the place of what was changed, or says what
// that would do.
func (s *Server) importRuleChanges(c *call) error {
	var q struct {
		Document string              `json:"document"`
		DryRun   bool                `json:"dry_run"`
		Version  *int64              `json:"version"`
		Tenants  []nightjar.TenantID `json:"tenants"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if s.cfg.Rules == nil {
		return noRules()
	}
	if ruleset.Parts(q.Document) > maxParts {
		return problem(codeTooLarge, fmt.Sprintf("the file has more than %d parts", maxParts), "nightjar rule import takes the file")
	}
	file, err := c.readChanges(q.Document)
	if err != nil {
		return err
	}
	how := ruleset.Import{By: c.who.Name, Tenants: c.replaced(q.Tenants)}
	// What would be taken back is shown.
	if how.Tenants == nil && !c.who.MayAll(access.PermEventRead) || slices.ContainsFunc(how.Tenants, func(t nightjar.TenantID) bool { return !c.who.May(access.PermEventRead, t) }) {
		return forbidden(access.PermEventRead)
	}
	if err := c.seesAll(file); err != nil {
		return err
	}
	plan, err := s.cfg.Rules.Plan(file, how)
	if err != nil {
		return err
	}
	if err := c.within(plan, len(q.Tenants) > 0); err != nil {
		return err
	}
	if q.Version != nil && *q.Version != plan.Version {
		return ruleset.Outdated()
	}
	c.readable()
	v, err := c.rules()
	if err != nil {
		return err
	}
	out := v.planned(plan)
	if q.DryRun {
		return c.ok(out)
	}
	if c.blindImport(plan) {
		if err := c.proven(); err != nil {
			return err
		}
	}
	err = s.cfg.Audit.DoAll(c.ctx, plan.Entries(c.who.Actor(), c.from), func(ctx context.Context) error { return s.cfg.Rules.Apply(ctx, plan) })
	if err != nil {
		return err
	}
	out.Applied = true
	return c.ok(out)
}

// readChanges reads a file when no other is being read: what each takes of
// memory would be felt if it were several.
func (c *call) readChanges(document string) (ruleset.Changes, error) {
	c.body = nil // the document is all that is left to read
	c.extend(queueWait + writeBound)
	leave, err := c.server.imports.enter(c.ctx, c.who.Person)
	if nightjar.CodeOf(err) == nightjar.CodeLimit {
		return ruleset.Changes{}, problem(nightjar.CodeLimit, "other imports are under way", "import again when they are done")
	}
	if err != nil {
		return ruleset.Changes{}, err
	}
	defer leave()
	return ruleset.ReadChanges([]byte(document))
}

// replaced are the tenants whose changes an import replaces: those that are
// named, or all that the caller may change. nil is all, future ones too.
func (c *call) replaced(named []nightjar.TenantID) []nightjar.TenantID {
	if len(named) == 0 && c.who.MayAll(c.route.Permission) {
		return nil
	}
	out := make([]nightjar.TenantID, 0, len(c.scope))
	for _, t := range c.scope { // permit held each against the permission
		out = append(out, t.ID)
	}
	return out
}

// seesAll refuses a file that names what the caller may not know of, before
// it is held against what is in force: what it would do tells of that.
func (c *call) seesAll(file ruleset.Changes) error {
	set := c.server.cfg.Rules.Current()
	sees := c.tenantsFor(access.PermEventRead)
	var former []nightjar.TenantID // of what is in force, for those who see all
	if sees == nil {
		former = set.Changes().Tenants()
	}
	for _, t := range file.Tenants() {
		switch {
		case !c.sees(t) || !c.isKnown(t) && !slices.Contains(former, t):
			return noTenant(string(t))
		case !c.who.May(access.PermEventRead, t):
			return forbidden(access.PermEventRead)
		}
	}
	if sees == nil {
		return nil
	}
	for _, e := range file.Exceptions {
		if len(e.Tenants) == 0 {
			return problem(nightjar.CodeForbidden, "the file has an exception for all tenants, where your role does not allow it", "export what you may change with tenant=ID, and import that")
		}
		// An id of which nothing is there is answered as one of others.
		was, found := set.Exception(e.ID)
		about := len(was.Tenants) == 0 || slices.ContainsFunc(was.Tenants, c.sees)
		if e.ID != "" && (!found || !about) {
			return problem(nightjar.CodeNotFound, "there is no exception "+quoted(e.ID[:min(len(e.ID), 40)]), "leave the id out of what is new")
		}
	}
	return nil
}

// within refuses what the same changes one by one would be refused for: those
// of tenants that are not there or that the caller may not change.
func (c *call) within(p ruleset.Plan, named bool) error {
	tenants := slices.Clone(p.Beyond)
	for _, one := range p.Changes {
		if one.Action != ruleset.Remove && one.Change.Tenant != "" {
			tenants = append(tenants, one.Change.Tenant)
		}
	}
	for _, one := range p.Exceptions {
		if one.Action != ruleset.Remove {
			tenants = append(tenants, one.Exception.Tenants...)
		}
	}
	for _, t := range tenants {
		if t != "" && (!c.isKnown(t) || !c.sees(t)) {
			return noTenant(string(t))
		}
	}
	switch {
	case len(p.Beyond) == 0:
		return nil
	case named:
		return invalid("the file changes something for tenants that are not named", "name all that it is for in tenants, or none to replace what holds for all")
	default:
		return problem(nightjar.CodeForbidden, "the file changes something for tenants, or for all, where your role does not allow it", "export what you may change with tenant=ID, and import that")
	}
}

// planned shows what an import does.
func (v *ruleView) planned(p ruleset.Plan) importBody {
	out := importBody{Version: p.Version, Unchanged: p.Unchanged, Changes: []plannedChange{}, Exceptions: []plannedException{}}
	for _, one := range p.Changes {
		shown := changeOf(one.Change)
		shown.Vanished = one.Vanished
		out.Changes = append(out.Changes, plannedChange{one.Action, one.Was, shown})
	}
	for _, one := range p.Exceptions {
		shown := plannedException{Action: one.Action, Exception: v.exception(one.Exception)}
		if one.Was != nil {
			was := v.exception(*one.Was)
			shown.Was = &was
		}
		out.Exceptions = append(out.Exceptions, shown)
	}
	return out
}
