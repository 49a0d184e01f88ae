package api

import (
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/connect"
)

type permissionBody struct {
	Name   string `json:"name"`
	API    string `json:"api"`
	ID     string `json:"id,omitempty"`
	Reason string `json:"reason"`
	Write  bool   `json:"write"`
}

type serviceBody struct {
	ID          connect.ServiceID `json:"id"`
	Title       string            `json:"title"`
	Text        string            `json:"text"`
	Available   bool              `json:"available"`
	Permissions []permissionBody  `json:"permissions"`
}

type consentState struct {
	Available   bool   `json:"available"`
	RedirectURL string `json:"redirect_url,omitempty"`
	Hint        string `json:"hint,omitempty"`
}

func (s *Server) listServices(c *call) error {
	out := struct {
		Items   []serviceBody `json:"items"`
		Consent consentState  `json:"consent"`
		Clouds  []string      `json:"clouds"`
	}{Clouds: some(s.cfg.Clouds)}
	for _, v := range connect.Services() {
		b := serviceBody{ID: v.ID, Title: v.Title, Text: v.About, Available: v.Available, Permissions: []permissionBody{}}
		for _, p := range v.Permissions {
			b.Permissions = append(b.Permissions, permissionBody{p.Name, p.API, p.ID, p.Why, p.Write})
		}
		out.Items = append(out.Items, b)
	}
	out.Consent = consentState{Available: s.cfg.Consent, RedirectURL: c.base() + callbackPath}
	if !s.cfg.Consent {
		out.Consent.Hint = "register a multi-tenant application and set consent.client_id and consent.client_secret_file (docs/connect.md)"
	}
	return c.ok(out)
}

func serviceIDs(names []string) []connect.ServiceID {
	var out []connect.ServiceID
	for _, n := range names {
		if !slices.Contains(out, connect.ServiceID(n)) {
			out = append(out, connect.ServiceID(n))
		}
	}
	return out
}

// noService is the answer for services that are not named.
func noService() error {
	return problem(nightjar.CodeInvalid, "no service is named", "GET /api/v1/services lists them")
}
