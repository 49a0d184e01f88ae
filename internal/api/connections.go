package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/collect"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/health"
)

type connectionBody struct {
	TenantID   nightjar.TenantID   `json:"tenant_id"`
	Name       string              `json:"name"`
	Cloud      string              `json:"cloud"`
	ClientID   string              `json:"client_id"`
	Tag        string              `json:"tag,omitempty"`
	Start      time.Time           `json:"start,omitzero"`
	State      string              `json:"state"`
	Paused     bool                `json:"paused"`
	Declared   bool                `json:"declared"`
	Credential credentialBody      `json:"credential"`
	Feeds      []feedBody          `json:"feeds"`
	Services   []connect.ServiceID `json:"services"`
	Warnings   []health.Active     `json:"warnings"`
	Created    time.Time           `json:"created"`
	Updated    time.Time           `json:"updated,omitzero"`
}

// credentialBody leaves out where the files of a declared credential are:
// they are the machine's business.
type credentialBody struct {
	Kind       connect.CredentialKind `json:"kind"`
	Expires    time.Time              `json:"expires,omitzero"`
	Thumbprint string                 `json:"thumbprint,omitempty"`
}

func credentialOf(c connect.Credential) credentialBody {
	return credentialBody{c.Kind, c.Expires, c.Thumbprint}
}

func (s *Server) listConnections(c *call) error {
	out, err := c.connections(access.PermStatusRead, nil)
	if err != nil {
		return err
	}
	return c.ok(listOf(out))
}

// connections are those for which the caller may do p, and of these those in
// only, unless that is nil.
func (c *call) connections(p access.Permission, only []nightjar.Tenant) ([]connectionBody, error) {
	var out []connectionBody
	for _, k := range c.known {
		if !k.Removed.IsZero() || !c.who.May(p, k.ID) {
			continue
		}
		if only != nil && !slices.ContainsFunc(only, func(t nightjar.Tenant) bool { return t.ID == k.ID }) {
			continue
		}
		b, err := c.connectionBody(k)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return some(out), nil
}

func (s *Server) getConnection(c *call) error {
	k, err := c.connection()
	if err != nil {
		return err
	}
	return c.answerConnection(http.StatusOK, k)
}

func (c *call) answerConnection(status int, k connect.Connection) error {
	b, err := c.connectionBody(k)
	if err != nil {
		return err
	}
	return c.answer(status, b)
}

func (c *call) connectionBody(k connect.Connection) (connectionBody, error) {
	cov, err := c.server.recent.of(c.ctx, c.server, k.ID)
	if err != nil {
		return connectionBody{}, err
	}
	b := connectionBody{
		TenantID: k.ID, Name: k.Name, Cloud: k.Cloud, ClientID: k.ClientID, Tag: k.Tag, Start: k.Start, Paused: k.Paused, Declared: k.Declared,
		Credential: credentialOf(k.Credential), Services: []connect.ServiceID{connect.ServiceAuditLog}, Warnings: c.warnings(k.ID), Created: k.Created, Updated: k.Updated,
	}
	now := c.server.cfg.Clock.Now()
	for _, f := range cov.Feeds {
		b.Feeds = append(b.Feeds, feedOf(f, k, b.Warnings, now))
	}
	b.State = stateOf(b)
	return b, nil
}

// stateOf is a connection's state in one word: the worst that is true of it.
func stateOf(b connectionBody) string {
	state := "waiting"
	for _, f := range b.Feeds {
		if !f.LastSuccess.IsZero() {
			state = "ok"
		}
	}
	for _, w := range b.Warnings {
		switch {
		case w.Severity == health.SeverityCritical:
			state = "critical"
		case w.Severity == health.SeverityWarning && state != "critical":
			state = "warning"
		}
	}
	if b.Paused {
		state = "paused"
	}
	return state
}

// recent holds the coverage of the last seven days of each tenant for a few
// seconds: it is counted from the ledger, and every open page asks for it.
type recent struct {
	mu  sync.Mutex
	all map[nightjar.TenantID]recentCoverage
}

type recentCoverage struct {
	coverage collect.Coverage
	at       time.Time // by the wall
}

const recentFor = 3 * time.Second

func (r *recent) of(ctx context.Context, s *Server, id nightjar.TenantID) (collect.Coverage, error) {
	wall := realClock()
	r.mu.Lock()
	held, known := r.all[id]
	r.mu.Unlock()
	if known && wall.Since(held.at) < recentFor {
		return held.coverage, nil
	}
	now := s.cfg.Clock.Now()
	cov, err := s.cfg.Collector.Coverage(ctx, id, now.Add(-nightjar.ContentRetention), now.Add(time.Hour))
	if err != nil {
		return cov, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[nightjar.TenantID]recentCoverage{}
	}
	maps.DeleteFunc(r.all, func(_ nightjar.TenantID, c recentCoverage) bool { return wall.Since(c.at) > time.Minute })
	r.all[id] = recentCoverage{cov, wall.Now()}
	return cov, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
