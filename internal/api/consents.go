package api

import (
	"net/http"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const callbackPath = "/consent/callback"

// consentLife is longer than an attempt waits for its browser.
const consentLife = 2 * time.Hour

type attemptStep struct {
	Step   connect.AttemptStepName   `json:"step"`
	Title  string                    `json:"title"`
	Status connect.AttemptStepStatus `json:"status"`
	Cause  connect.Cause             `json:"cause,omitempty"`
	Detail string                    `json:"detail,omitempty"`
	Remedy string                    `json:"remedy,omitempty"`
	Time   time.Time                 `json:"time,omitzero"`
}

type attemptBody struct {
	ID        string                `json:"id"`
	Status    connect.AttemptStatus `json:"status"`
	URL       string                `json:"url,omitempty"`
	Cloud     string                `json:"cloud"`
	Services  []connect.ServiceID   `json:"services"`
	By        string                `json:"by,omitempty"`
	Expect    nightjar.TenantID     `json:"expect,omitempty"`
	Renew     bool                  `json:"renew"`
	TenantID  nightjar.TenantID     `json:"tenant_id,omitempty"`
	Account   string                `json:"account,omitempty"`
	Name      string                `json:"name,omitempty"`
	Saved     bool                  `json:"saved"`
	Cause     connect.Cause         `json:"cause,omitempty"`
	Detail    string                `json:"detail,omitempty"`
	Remedy    string                `json:"remedy,omitempty"`
	Steps     []attemptStep         `json:"steps"`
	Created   time.Time             `json:"created"`
	Expires   time.Time             `json:"expires"`
	Consented time.Time             `json:"consented,omitzero"`
	Deadline  time.Time             `json:"deadline,omitzero"`
	Updated   time.Time             `json:"updated"`
}

// attemptOf leaves out where the browser goes next: only the answer that
// begins an attempt says it.
func attemptOf(a connect.Attempt) attemptBody {
	b := attemptBody{
		ID: a.ID, Status: a.Status, Cloud: a.Cloud, Services: some(a.Services), By: a.By, Expect: a.Expect, Renew: a.Renew,
		TenantID: a.Tenant, Account: a.Account, Name: a.Connection, Saved: a.Saved, Cause: a.Cause, Detail: a.Detail, Remedy: a.Remedy,
		Steps: []attemptStep{}, Created: a.Created, Expires: a.Expires, Consented: a.Consented, Deadline: a.Deadline, Updated: a.Updated,
	}
	for _, s := range a.Steps {
		b.Steps = append(b.Steps, attemptStep{s.Name, s.Title, s.Status, s.Cause, s.Detail, s.Remedy, s.Time})
	}
	return b
}

// consentCookie is of one attempt, so that two can be open in one browser.
func consentCookie(id string) string { return consentName + "-" + id }

func (s *Server) beginConsent(c *call) error {
	var q struct {
		Cloud    string            `json:"cloud"`
		TenantID nightjar.TenantID `json:"tenant_id"`
		Services []string          `json:"services"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	if len(q.Services) == 0 {
		return noService()
	}
	a, err := s.cfg.Connect.BeginConsent(c.ctx, connect.ConsentRequest{
		Cloud: q.Cloud, Services: serviceIDs(q.Services), By: c.asker(), Tenant: q.TenantID, Redirect: c.base() + callbackPath,
	})
	if err != nil {
		return err
	}
	s.setCookie(c.w, consentCookie(a.ID), a.Browser, consentLife)
	b := attemptOf(a)
	b.URL = a.URL
	return c.answer(http.StatusCreated, b)
}

func (s *Server) getConsent(c *call) error {
	a, err := s.cfg.Connect.Attempt(c.ctx, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.ok(attemptOf(a))
}

func (s *Server) saveConsent(c *call) error {
	var q struct {
		Name string `json:"name"`
	}
	if err := c.decode(&q); err != nil {
		return err
	}
	a, err := s.cfg.Connect.SaveConsent(c.ctx, c.r.PathValue("id"), q.Name, c.asker())
	if err != nil {
		return err
	}
	k, err := s.cfg.Connect.Show(c.ctx, string(a.Tenant))
	if err != nil {
		return err
	}
	return c.answerConnection(http.StatusOK, k)
}

func (s *Server) dropConsent(c *call) error {
	id := c.r.PathValue("id")
	if err := s.staysConnected(c, id); err != nil {
		return err
	}
	a, err := s.cfg.Connect.CancelConsent(c.ctx, id, c.asker())
	if err != nil {
		return err
	}
	if a.Tenant != "" {
		if _, err := s.cfg.Connect.Show(c.ctx, string(a.Tenant)); nightjar.CodeOf(err) == nightjar.CodeNotFound {
			s.cfg.Registry.Forget(a.Tenant) // its connection went with it
		}
	}
	s.setCookie(c.w, consentCookie(id), secret.Value{}, 0)
	return c.nothing()
}

// staysConnected keeps one person from disconnecting a tenant alone by giving
// up the attempt that connected it, once that is over and was merely never
// saved.
func (s *Server) staysConnected(c *call, id string) error {
	if !s.cfg.FourEyes {
		return nil
	}
	a, err := s.cfg.Connect.Attempt(c.ctx, id)
	if err != nil {
		return err
	}
	if a.Status == connect.AttemptConnected && !a.Renew && !a.Saved {
		return problem(nightjar.CodeConflict, "the tenant is connected, and to disconnect it takes a second person", "save the connection, then disconnect it")
	}
	return nil
}

// watchConsent follows an attempt until it is final, for as long as the caller
// may.
func (s *Server) watchConsent(c *call) error {
	leave, err := s.tails.join(c.who.Person)
	if err != nil {
		return err
	}
	defer leave()
	states, err := s.cfg.Connect.Watch(c.ctx, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	st, err := c.stream(eventStream)
	if err != nil {
		return err
	}
	wall := realClock()
	checked := wall.Now()
	for {
		// Also while states follow each other closely.
		if wall.Since(checked) >= heartbeat {
			if who, err := s.identify(c); err != nil || !who.MayAll(c.route.Permission) {
				return nil // no longer allowed: then the caller asks again and is told
			}
			checked = wall.Now()
		}
		select {
		case a, open := <-states:
			if !open {
				return nil
			}
			if st.event("attempt", attemptOf(a)) != nil {
				return nil // the caller went away
			}
		case <-wall.After(heartbeat):
			if st.beat() != nil {
				return nil // the caller went away
			}
		case <-c.ctx.Done():
			return nil
		}
	}
}
