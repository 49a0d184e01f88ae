package api

import (
	"encoding/json"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/approval"
)

type approvalBody struct {
	ID         string             `json:"id"`
	Operation  string             `json:"operation"`
	Permission access.Permission  `json:"permission"`
	TenantID   nightjar.TenantID  `json:"tenant_id,omitempty"`
	Target     string             `json:"target"`
	Summary    string             `json:"summary"`
	Parameters json.RawMessage    `json:"parameters"`
	SHA256     string             `json:"sha256"`
	Repeats    bool               `json:"repeats"`
	State      approval.State     `json:"state"`
	AskedBy    string             `json:"asked_by"`
	AskedKind  nightjar.ActorKind `json:"asked_kind"`
	Asked      time.Time          `json:"asked"`
	Expires    time.Time          `json:"expires"`
	DecidedBy  string             `json:"decided_by,omitempty"`
	Decided    time.Time          `json:"decided,omitzero"`
	Reason     string             `json:"reason,omitempty"`
	Ended      time.Time          `json:"ended,omitzero"`
	Mine       bool               `json:"mine"`
	MayDecide  bool               `json:"may_decide"`
}

// waitsAnswer is the answer to what waits for a second person.
type waitsAnswer struct {
	Approval approvalBody `json:"approval"`
}

func (c *call) approvalOf(a approval.Approval) approvalBody {
	return approvalBody{
		ID: a.ID, Operation: a.Operation, Permission: a.Permission, TenantID: a.Tenant, Target: a.Target, Summary: a.Summary, Parameters: a.Parameters,
		SHA256: a.Hash, Repeats: a.Repeats, State: a.State, AskedBy: a.AskedBy.Name, AskedKind: a.AskedBy.Kind, Asked: a.Asked, Expires: a.Expires,
		DecidedBy: a.Decider, Decided: a.Decided, Reason: a.Reason, Ended: a.Ended,
		Mine: a.AskedBy.Person == c.who.Person, MayDecide: a.Open() && a.Decidable(c.who) == nil,
	}
}

func (s *Server) listApprovals(c *call) error {
	all := false
	switch c.r.URL.Query().Get("state") {
	case "", "open":
	case "all":
		all = true
	default:
		return invalid("there is no such state to ask for", "give state=open or state=all")
	}
	found, err := s.cfg.Approvals.List(c.ctx, c.who, all)
	if err != nil {
		return err
	}
	out := []approvalBody{}
	for _, a := range found {
		out = append(out, c.approvalOf(a))
	}
	return c.ok(listOf(out))
}

func (s *Server) getApproval(c *call) error {
	a, err := s.cfg.Approvals.Get(c.ctx, c.who, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.ok(c.approvalOf(a))
}

// approve grants, and does at once what needs nothing more from who asked.
func (s *Server) approve(c *call) error {
	var q struct {
		SHA256 string `json:"sha256"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	s.deeds.Lock()
	defer s.deeds.Unlock()
	if err := s.again(c); err != nil {
		return err
	}
	a, err := s.cfg.Approvals.Get(c.ctx, c.who, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := a.Decidable(c.who); err != nil {
		s.denied(c, err)
		return err
	}
	var in *call
	if a.Open() { // of what is over, Approve says that
		if in, err = s.inNameOf(c, a); err != nil {
			return err
		}
	}
	if a, err = s.cfg.Approvals.Approve(c.ctx, c.who, a.ID, q.SHA256); err != nil {
		return err
	}
	if !a.Repeats {
		if err := s.under(in, a); err != nil {
			return err
		}
		if a, err = s.cfg.Approvals.Get(c.ctx, c.who, a.ID); err != nil {
			return err
		}
	}
	return c.ok(c.approvalOf(a))
}

func (s *Server) refuseApproval(c *call) error {
	var q struct {
		Reason string `json:"reason"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	a, err := s.cfg.Approvals.Refuse(c.ctx, c.who, c.r.PathValue("id"), q.Reason)
	if err != nil {
		s.denied(c, err)
		return err
	}
	return c.ok(c.approvalOf(a))
}

func (s *Server) withdrawApproval(c *call) error {
	if err := s.cfg.Approvals.Withdraw(c.ctx, c.who, c.r.PathValue("id")); err != nil {
		s.denied(c, err)
		return err
	}
	return c.nothing()
}
