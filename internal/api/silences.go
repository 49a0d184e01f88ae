package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/alert"
)

// silenceBody is a silence or inhibition as callers see it.
type silenceBody struct {
	ID       string                `json:"id"`
	Kind     alert.SilenceKind     `json:"kind"`
	State    alert.SilenceState    `json:"state"`
	Owner    string                `json:"owner"` // name
	Reason   string                `json:"reason"`
	Tenants  []nightjar.TenantID   `json:"tenants"`
	Matchers []alert.Matcher       `json:"matchers"`
	Sources  []alert.Matcher       `json:"sources"`
	Shared   []nightjar.EntityKind `json:"shared"`
	Created  time.Time             `json:"created"`
	Starts   time.Time             `json:"starts"`
	Expires  time.Time             `json:"expires"`
	Ended    time.Time             `json:"ended,omitzero"`
	EndedBy  string                `json:"ended_by,omitempty"`
	Hides    int64                 `json:"hides"`
}

// silenceOf shows a silence. Of one that is for other tenants too, whoever
// does not see those learns which rules it is for and until when: reasons and
// entities name people of the others.
func (c *call) silenceOf(s alert.Kept) silenceBody {
	out := silenceBody{
		s.ID, s.Kind, s.State, s.OwnerName, s.Reason, some(s.Tenants), some(s.Matchers), some(s.Sources), some(s.Shared), s.Created, s.Starts, s.Expires, s.Ended, s.EndedBy, s.Hides,
	}
	sees := c.tenantsFor(access.PermEventRead)
	foreign := func(t nightjar.TenantID) bool { return !slices.Contains(sees, t) }
	if sees == nil || len(s.Tenants) > 0 && !slices.ContainsFunc(s.Tenants, foreign) {
		return out
	}
	out.Tenants = some(slices.DeleteFunc(slices.Clone(s.Tenants), foreign))
	out.Owner, out.EndedBy, out.Hides, out.Reason = "", "", 0, "of a silence for several tenants"
	personal := func(m alert.Matcher) bool {
		return m.Field != alert.MatchRule && m.Field != alert.MatchPack && m.Field != alert.MatchSeverity
	}
	out.Matchers = some(slices.DeleteFunc(slices.Clone(s.Matchers), personal))
	out.Sources = some(slices.DeleteFunc(slices.Clone(s.Sources), personal))
	return out
}

func (s *Server) listSilences(c *call) error {
	states, err := closedSet("state", c.r.URL.Query()["state"], []alert.SilenceState{alert.SilencePending, alert.SilenceActive, alert.SilenceExpired, alert.SilenceEnded})
	if err != nil {
		return err
	}
	found, err := s.cfg.Alerts.Silences(c.ctx, c.alertTenants(), states)
	if err != nil {
		return err
	}
	out := make([]silenceBody, len(found))
	for i, one := range found {
		out[i] = c.silenceOf(one)
	}
	return c.ok(listOf(out))
}

// silenceInput is what a silence is made of, and previewed by.
type silenceInput struct {
	Kind     alert.SilenceKind     `json:"kind"`
	Reason   string                `json:"reason"`
	Starts   time.Time             `json:"starts"`
	Expires  time.Time             `json:"expires"`
	Tenants  []nightjar.TenantID   `json:"tenants"` // checked by permitBody
	Matchers []alert.Matcher       `json:"matchers"`
	Sources  []alert.Matcher       `json:"sources"`
	Shared   []nightjar.EntityKind `json:"shared"`
}

// silence makes a silence of the input, with ids in the place of names.
func (c *call) silence(q silenceInput) (alert.Silence, error) {
	s := alert.Silence{
		Kind: q.Kind, Reason: q.Reason, Starts: q.Starts.UTC(), Expires: q.Expires.UTC(), Tenants: q.Tenants, Matchers: q.Matchers, Sources: q.Sources, Shared: q.Shared,
	}
	return s, s.Settle(c.names().Settle, func(values []string) error {
		for i, ref := range values {
			id := []nightjar.TenantID{nightjar.TenantID(ref)}
			if err := c.settleTenants(id); err != nil {
				return err
			}
			values[i] = string(id[0])
		}
		return nil
	})
}

func (s *Server) addSilence(c *call) error {
	var q silenceInput
	if err := c.decode(&q); err != nil {
		return err
	}
	if len(q.Tenants) == 0 && !c.who.MayAll(c.route.Permission) {
		return problem(nightjar.CodeForbidden, "a silence for all tenants needs the right for all", "name the tenants that it is for")
	}
	wanted, err := c.silence(q)
	if err != nil {
		return err
	}
	if c.blindSilence(wanted) {
		if err := c.proven(); err != nil {
			return err
		}
	}
	one, err := s.cfg.Alerts.Silence(c.ctx, c.decider(c.tenantsFor(c.route.Permission)), wanted)
	if err != nil {
		return err
	}
	kept, err := s.cfg.Alerts.Kept(c.ctx, one)
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, c.silenceOf(kept))
}

func (s *Server) endSilence(c *call) error {
	one, err := s.cfg.Alerts.EndSilence(c.ctx, c.decider(c.alertTenants()), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.ok(c.silenceOf(alert.Kept{Silence: one, State: alert.SilenceEnded}))
}

func countsOf(all []alert.ValueCount) []valueCount {
	out := make([]valueCount, len(all))
	for i, v := range all {
		out[i] = valueCount(v)
	}
	return out
}

func (s *Server) previewSilence(c *call) error {
	var q silenceInput
	if err := c.decode(&q); err != nil {
		return err
	}
	wanted, err := c.silence(q)
	if err != nil {
		return err
	}
	p, err := s.cfg.Alerts.Preview(c.ctx, c.alertTenants(), wanted)
	if err != nil {
		return err
	}
	return c.ok(struct {
		Days         int               `json:"days"`
		Alerts       int64             `json:"alerts"`
		Hidden       int64             `json:"hidden"`
		Gravest      nightjar.Severity `json:"gravest"`
		Severities   []valueCount      `json:"severities"`
		Dispositions []valueCount      `json:"dispositions"`
		Samples      []alertBody       `json:"samples"`
	}{alert.PreviewDays, p.Alerts, p.Hidden, p.Gravest, countsOf(p.Severities), countsOf(p.Dispositions), c.alertsOf(p.Samples)})
}
