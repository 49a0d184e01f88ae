package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
	"github.com/nightjar-sec/nightjar/internal/saved"
)

// savedSearch is a search that somebody kept, as callers see it.
type savedSearch struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Owner  string `json:"owner"` // name
	Mine   bool   `json:"mine"`
	Shared bool   `json:"shared"`
	// MayChange spares the console from knowing who may.
	MayChange bool      `json:"may_change"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	// SQL has {{from}} and {{to}} for the span: what a panel holds.
	SQL string `json:"sql"`
	saved.Definition
}

type savedInput struct {
	Name   string `json:"name"`
	Shared bool   `json:"shared"`
	saved.Definition
}

// viewer is the caller as the store of searches knows it. A token is its
// owner, within the token's rights.
func (c *call) viewer() saved.Viewer {
	return saved.Viewer{Person: c.who.Person, Name: c.who.Name, Curator: c.who.MayAll(access.PermDashboardManage)}
}

// savedOf shows a search to the caller, or says that it is not for it: one of
// tenants none of which the caller may read. Those that it may not are left out.
func (c *call) savedOf(s saved.Search) (savedSearch, bool) {
	sql, err := s.Template()
	if err != nil {
		sql = "" // a field that an older version knew
	}
	v := c.viewer()
	out := savedSearch{
		ID: s.ID, Name: s.Name, Owner: s.OwnerName, Mine: s.Owner == v.Person, Shared: s.Shared, MayChange: v.MayChange(s),
		Created: s.Created, Updated: s.Updated, SQL: sql, Definition: s.Definition,
	}
	if len(s.Tenants) == 0 {
		return out, true
	}
	may := c.may(access.PermEventRead)
	out.Tenants = slices.DeleteFunc(slices.Clone(s.Tenants), func(id nightjar.TenantID) bool {
		return !slices.ContainsFunc(may, func(t nightjar.Tenant) bool { return t.ID == id })
	})
	return out, len(out.Tenants) > 0
}

func (s *Server) listSearches(c *call) error {
	all, err := s.cfg.Saved.List(c.ctx, c.viewer())
	if err != nil {
		return err
	}
	var out []savedSearch
	for _, one := range all {
		if shown, is := c.savedOf(one); is {
			out = append(out, shown)
		}
	}
	return c.ok(listOf(out))
}

func (s *Server) getSearch(c *call) error {
	one, err := s.cfg.Saved.Get(c.ctx, c.viewer(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.savedAnswer(http.StatusOK, one)
}

func (c *call) savedAnswer(status int, one saved.Search) error {
	shown, is := c.savedOf(one)
	if !is {
		return noSearch()
	}
	return c.answer(status, shown)
}

func noSearch() error {
	return problem(nightjar.CodeNotFound, "there is no such saved search", "GET /api/v1/searches lists those that you see")
}

// savedBody reads a search that is to be kept. It may name tenants that the
// caller may read, and no others: what is shared tells of them.
func (c *call) savedBody() (saved.Search, error) {
	var q savedInput
	if err := c.decode(&q); err != nil {
		return saved.Search{}, err
	}
	may := c.may(access.PermEventRead)
	for _, id := range q.Tenants {
		if !slices.ContainsFunc(may, func(t nightjar.Tenant) bool { return t.ID == id }) {
			return saved.Search{}, noTenant(string(id))
		}
	}
	return saved.Search{Name: q.Name, Shared: q.Shared, Definition: q.Definition}, nil
}

func (s *Server) createSearch(c *call) error {
	one, err := c.savedBody()
	if err != nil {
		return err
	}
	err = c.recording(nightjar.ActionSearchSave, "", one.Name, savedDetail(one), func(ctx context.Context) (err error) {
		one, err = s.cfg.Saved.Create(ctx, c.viewer(), one)
		return err
	})
	if err != nil {
		return err
	}
	return c.savedAnswer(http.StatusCreated, one)
}

func (s *Server) changeSearch(c *call) error {
	one, err := c.savedBody()
	if err != nil {
		return err
	}
	one.ID = c.r.PathValue("id")
	// Whoever does not see all of a search must not overwrite what it hides.
	old, err := s.cfg.Saved.Get(c.ctx, c.viewer(), one.ID)
	if err != nil {
		return err
	}
	shown, is := c.savedOf(old)
	if !is {
		return noSearch()
	}
	if len(shown.Tenants) < len(old.Tenants) {
		return problem(nightjar.CodeForbidden, "this search is about tenants that you may not read", "save it under a name of your own")
	}
	err = c.recording(nightjar.ActionSearchSave, "", one.Name, savedDetail(one), func(ctx context.Context) (err error) {
		one, err = s.cfg.Saved.Change(ctx, c.viewer(), one)
		return err
	})
	if err != nil {
		return err
	}
	return c.savedAnswer(http.StatusOK, one)
}

func savedDetail(one saved.Search) map[string]string {
	shared := "false"
	if one.Shared {
		shared = "true"
	}
	return map[string]string{"kind": string(one.Kind), "shared": shared}
}

func (s *Server) removeSearch(c *call) error {
	old, err := s.cfg.Saved.Get(c.ctx, c.viewer(), c.r.PathValue("id"))
	if err != nil {
		return err
	}
	if _, is := c.savedOf(old); !is {
		return noSearch()
	}
	err = c.recording(nightjar.ActionSearchRemove, "", old.Name, savedDetail(old), func(ctx context.Context) error {
		_, err := s.cfg.Saved.Remove(ctx, c.viewer(), old.ID)
		return err
	})
	if err != nil {
		return err
	}
	return c.nothing()
}
