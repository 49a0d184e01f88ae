package api

import (
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

// checkBound is above what the check's steps may take together.
const checkBound = 6 * time.Minute

type checkAnswer struct {
	connect.Report
	Credential credentialBody `json:"credential"` // in place of the report's, which names files
}

func (s *Server) checkConnection(c *call) error {
	k, err := c.connection()
	if err != nil {
		return err
	}
	c.extend(checkBound)
	r, err := s.cfg.Connect.Check(c.ctx, string(k.ID))
	if err != nil {
		return err
	}
	outcome := map[string]string{"result": "ok"}
	if !r.OK {
		outcome = map[string]string{"result": string(r.Cause)}
	}
	if err := c.record(nightjar.ActionConnectionCheck, k.ID, k.Name, outcome); err != nil {
		return err
	}
	r.Permissions, r.Missing, r.Excess, r.Subscriptions, r.Steps = some(r.Permissions), some(r.Missing), some(r.Excess), some(r.Subscriptions), some(r.Steps)
	return c.ok(checkAnswer{r, credentialOf(r.Credential)})
}
