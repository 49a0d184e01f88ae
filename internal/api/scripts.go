package api

import (
	"cmp"
	"net/http"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

func (s *Server) getScript(c *call) error {
	q := c.r.URL.Query()
	if len(q["service"]) == 0 {
		return noService()
	}
	script, err := connect.Scripts(connect.ScriptKind(c.r.PathValue("kind")), serviceIDs(q["service"]), cmp.Or(q.Get("cloud"), "commercial"))
	if err != nil {
		return err
	}
	return c.ok(script)
}

func (s *Server) makeCertificate(c *call) error {
	made, err := s.cfg.Connect.NewCertificate(c.ctx, c.tenant)
	if err != nil {
		return err
	}
	if err := c.record(nightjar.ActionConnectionSecret, c.tenant, "", map[string]string{"credential": "key pair made", "thumbprint": made.Thumbprint}); err != nil {
		return err
	}
	return c.answer(http.StatusCreated, made)
}
