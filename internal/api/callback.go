package api

import (
	"net/http"
	"net/url"

	"github.com/nightjar-sec/nightjar/internal/connect"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// consentCallback receives the browser that Microsoft sends back. It is the one
// GET that changes something: what it may change is bound to this browser by a
// cookie, and to one use by its state. It needs no session, for the person who
// grants consent may be another than the one who is signed in here.
func (s *Server) consentCallback(c *call) error {
	answer := c.r.URL.Query()
	id := connect.ConsentAttemptID(answer)
	browser := secret.Value{}
	if validAttempt(id) {
		browser = s.cookie(c.r, consentCookie(id))
	}
	a, err := s.cfg.Connect.FinishConsent(c.ctx, answer, browser, c.from)
	if err != nil {
		b := told(err, c.id)
		s.log.WarnContext(c.ctx, "an answer to a consent is refused", "request_id", c.id, "code", string(b.Code), "address", c.from.String())
		// The page in the console finds the words for the code.
		return c.redirect("/consent/refused?" + url.Values{"code": {string(b.Code)}, "request_id": {c.id}}.Encode())
	}
	if a.URL != "" {
		return c.redirect(a.URL)
	}
	s.setCookie(c.w, consentCookie(id), secret.Value{}, 0)
	return c.redirect("/consent/done/" + url.PathEscape(a.ID))
}

func (c *call) redirect(to string) error {
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// validAttempt is true for what can be part of a cookie's name.
func validAttempt(id string) bool {
	if id == "" || len(id) > 100 {
		return false
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}
