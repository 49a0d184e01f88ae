package api

import (
	"time"
)

type statusAnswer struct {
	State         string    `json:"state"`
	Demo          bool      `json:"demo"`
	Authenticated bool      `json:"authenticated"`
	Version       string    `json:"version"`
	Time          time.Time `json:"time"`
	Passkeys      siteBody  `json:"passkeys"`
}

func (s *Server) getStatus(c *call) error {
	setup, err := s.cfg.Access.NeedsSetup(c.ctx)
	if err != nil {
		return err
	}
	out := statusAnswer{State: "ready", Demo: s.cfg.Demo, Time: s.cfg.Clock.Now(), Passkeys: c.passkeySite()}
	if setup {
		out.State = "setup"
	}
	if _, err := s.identify(c); err == nil {
		// To strangers the version would only say which holes to try.
		out.Authenticated, out.Version = true, s.cfg.Build.Version
	}
	return c.ok(out)
}
