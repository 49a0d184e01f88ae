package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sim/simtest"
)

const callback = "http://127.0.0.1:8470/consent/callback"

// newBrowser opens a browser that reaches the server alone.
func newBrowser(t *testing.T, s *Server) *simtest.Browser {
	t.Helper()
	return simtest.New(t, httpClient(s).Transport, callback)
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func authorizeURL(s *Server, tenant string, change func(url.Values)) string {
	q := url.Values{
		"client_id": {s.Operator().ClientID}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid profile"},
		"state": {"st"}, "nonce": {"no"}, "code_challenge": {challengeOf("verifier")}, "code_challenge_method": {"S256"}, "prompt": {"select_account"},
	}
	if change != nil {
		change(q)
	}
	return s.URLs().Login + "/" + tenant + "/oauth2/v2.0/authorize?" + q.Encode()
}

func adminConsentURL(s *Server, tenant string) string {
	return s.URLs().Login + "/" + tenant + "/v2.0/adminconsent?" + url.Values{
		"client_id": {s.Operator().ClientID}, "redirect_uri": {callback}, "scope": {s.URLs().Management + "/.default"}, "state": {"st"},
	}.Encode()
}

// redeem exchanges a code and returns the answer.
func (c *client) redeem(code, verifier string) map[string]any {
	c.t.Helper()
	o := c.s.Operator()
	resp, err := c.http.PostForm(c.s.URLs().Login+"/organizations/oauth2/v2.0/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {o.ClientID}, "client_secret": {o.Secrets[0].Value},
		"code": {code}, "code_verifier": {verifier}, "redirect_uri": {callback},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		c.t.Fatal(err)
	}
	return answer
}

// says fails unless an answer names an error's number.
func says(t *testing.T, answer map[string]any, number string) {
	t.Helper()
	if text, _ := answer["error_description"].(string); !strings.Contains(text, "AADSTS"+number) {
		t.Errorf("the answer is %v, want AADSTS%s", answer, number)
	}
}
