package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/approval"
)

// covered is an operation that needs a second person.
type covered struct {
	// describe says what a call would do; nil for a form of the operation that
	// needs nobody else.
	describe func(*Server, *call) (*matter, error)
	// repeats: who asked does it again after the grant, because a secret goes
	// in or comes out. Otherwise the grant does it.
	repeats bool
}

// matter is what a call would do.
type matter struct {
	target  string
	summary string
	path    map[string]string // the values of the route's path
	body    any               // what the body says, without secrets; nil for none
	now     any               // what it is done to, as it is now
}

// parameters are all that decides what is done.
type parameters struct {
	Path map[string]string `json:"path,omitempty"`
	Body json.RawMessage   `json:"body,omitempty"`
	Now  json.RawMessage   `json:"now,omitempty"`
}

func (m *matter) parameters() (p parameters, err error) {
	p.Path = m.path
	if m.body != nil {
		if p.Body, err = json.Marshal(m.body); err != nil {
			return p, err
		}
	}
	if m.now != nil {
		p.Now, err = json.Marshal(m.now)
	}
	return p, err
}

// do answers a call, or lets it wait for a second person. Asking again for
// what was granted does it.
func (s *Server) do(c *call) error {
	op, known := coveredOperations()[c.route.Operation]
	if !s.cfg.FourEyes || !known {
		return c.route.handle(s, c)
	}
	s.deeds.Lock()
	defer s.deeds.Unlock()
	if err := s.again(c); err != nil {
		return err
	}
	r, err := s.request(c, op)
	if err != nil {
		return err
	}
	if r == nil {
		return c.route.handle(s, c)
	}
	granted, found, err := s.cfg.Approvals.Granted(c.ctx, c.who, *r)
	if err != nil {
		return err
	}
	if found {
		return s.under(c, granted)
	}
	if err := s.somebodyElse(c, r); err != nil {
		return err
	}
	a, err := s.cfg.Approvals.Ask(c.ctx, c.who, *r)
	if err != nil {
		return err
	}
	return c.answer(http.StatusAccepted, waitsAnswer{c.approvalOf(a)})
}

// again asks anew who calls, and what they may: while a call waited for its
// turn, another may have taken that away.
func (s *Server) again(c *call) (err error) {
	if c.who, err = s.identify(c); err != nil {
		return err
	}
	return s.permit(c)
}

// request is what a call asks for; nil when it needs nobody else.
func (s *Server) request(c *call, op covered) (*approval.Request, error) {
	m, err := op.describe(s, c)
	if err != nil || m == nil {
		return nil, err
	}
	p, err := m.parameters()
	if err != nil {
		return nil, err
	}
	return &approval.Request{
		Operation: c.route.Operation, Permission: c.route.Permission, Tenant: c.tenant, Target: m.target, Summary: m.summary, Parameters: p, Repeats: op.repeats,
	}, nil
}

// somebodyElse refuses what would wait in vain.
func (s *Server) somebodyElse(c *call, r *approval.Request) error {
	people, err := s.cfg.Access.People(c.ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.ID != c.who.Person && p.May(r.Permission, r.Tenant) {
			return nil
		}
	}
	return problem(nightjar.CodeConflict, "this needs a second person, and nobody else has the role for it",
		"invite a second administrator on the machine itself: nightjar person invite NAME --grant admin")
}

// under does what was granted, in the name of c.who. What fails says why to
// who asked too.
func (s *Server) under(c *call, a approval.Approval) error {
	// The context of the deed takes the grant in its first transaction, so that
	// of the failure must be another one.
	outside := context.WithoutCancel(c.ctx)
	err := s.cfg.Approvals.Under(c.ctx, c.who, a.ID, func(ctx context.Context) error {
		c.ctx = ctx
		return c.route.handle(s, c)
	})
	if err == nil {
		return nil
	}
	if lost := s.cfg.Approvals.Failed(outside, c.who, a.ID, why(err, c.id)); lost != nil {
		s.log.WarnContext(outside, "why an approval is not done is not kept", "approval", a.ID, "error", lost)
	}
	return err
}

// why is what is told of an error, in one line.
func why(err error, id string) string {
	b := told(err, id)
	text := b.Message
	if b.Hint != "" {
		text += "; " + b.Hint
	}
	if b.Code == nightjar.CodeInternal {
		text += " (" + b.RequestID + ")"
	}
	return text
}

// inNameOf makes a call in the name of who asked, with the rights of this
// moment. It refuses what is not any more what was asked for.
func (s *Server) inNameOf(c *call, a approval.Approval) (*call, error) {
	routes := Routes()
	i := slices.IndexFunc(routes, func(r Route) bool { return r.Operation == a.Operation })
	op, known := coveredOperations()[a.Operation]
	if i < 0 || !known {
		return nil, problem(nightjar.CodeConflict, "this operation is not there any more", "refuse it")
	}
	who, err := s.cfg.Access.Standing(c.ctx, a.AskedBy.Kind, a.AskedBy.ID)
	if err != nil {
		return nil, err
	}
	var p parameters
	if err := json.Unmarshal(a.Parameters, &p); err != nil {
		return nil, err
	}
	// Whoever agrees and hangs up does not stop it half-way.
	ctx := context.WithoutCancel(c.ctx)
	r, err := http.NewRequestWithContext(ctx, routes[i].Method, "/", nil)
	if err != nil {
		return nil, err
	}
	for name, value := range p.Path {
		r.SetPathValue(name, value)
	}
	in := &call{server: s, route: routes[i], ctx: ctx, w: &answerWriter{ResponseWriter: unseen{}}, r: r, id: c.id, who: who, body: p.Body}
	in.from, _ = netip.ParseAddr(a.AskedBy.Address) // "" is an address that is not known
	in.who.Address = in.from
	if err := s.permit(in); err != nil {
		return nil, problem(nightjar.CodeForbidden, "who asked, "+a.AskedBy.Name+", may not do this any more", "refuse it; somebody else has to ask for it")
	}
	if op.repeats {
		return in, nil // compared when it is done, with what only who asked has
	}
	again, err := s.request(in, op)
	if err != nil {
		return nil, err
	}
	if again == nil {
		again = &approval.Request{}
	}
	return in, a.Check(*again)
}

// unseen takes the answer to a call that nobody waits for.
type unseen struct{}

// Header implements http.ResponseWriter.
func (unseen) Header() http.Header { return http.Header{} }

// Write implements http.ResponseWriter.
func (unseen) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (unseen) WriteHeader(int) {}
