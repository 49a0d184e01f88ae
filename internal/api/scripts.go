package api

import (
	"cmp"
	"context"
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
	var made connect.Certificate
	err := c.recording(nightjar.ActionConnectionSecret, c.tenant, "", map[string]string{"change": "key pair made, not in use yet"}, func(ctx context.Context) (err error) {
		made, err = s.cfg.Connect.NewCertificate(ctx, c.tenant)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, made)
}
