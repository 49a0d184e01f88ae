package api

import (
	"github.com/nightjar-sec/nightjar"
)

func (s *Server) getScript(c *call) error {
	if len(c.r.URL.Query()["service"]) == 0 {
		return noService()
	}
	return problem(nightjar.CodeUnavailable, "scripts are not offered yet", "make the application by hand: docs/connect.md")
}

func (s *Server) makeCertificate(*call) error {
	return problem(nightjar.CodeUnavailable, "key pairs are not made here yet", "use a client secret, or nightjar tenant add with a certificate")
}
