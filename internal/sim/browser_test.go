package sim

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

const callback = "http://127.0.0.1:8470/consent/callback"

// browser is a person's browser: it keeps cookies, sees one page, and presses
// what it is told by the words on it.
type browser struct {
	t    *testing.T
	http *http.Client
	at   *url.URL
	page string
	back url.Values // what it was sent back to the application with
}

func newBrowser(t *testing.T, s *Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CA())
	b := &browser{t: t, http: &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}}
	b.http.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.String(), callback) {
			b.back = next.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}
	t.Cleanup(b.http.CloseIdleConnections)
	return b
}

func (b *browser) open(address string) *browser {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

func (b *browser) do(method, address string, form url.Values) *browser {
	b.t.Helper()
	b.back = nil
	req, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.at, b.page = req.URL, string(body)
	return b
}

var (
	formShape   = regexp.MustCompile(`(?s)<form method="post">(.*?)</form>`)
	inputShape  = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)
	buttonShape = regexp.MustCompile(`(?s)<button[^>]*name="(\w+)" value="([^"]*)">(.*?)</button>`)
)

// press presses the first button that shows a text.
func (b *browser) press(text string) *browser {
	b.t.Helper()
	for _, form := range formShape.FindAllStringSubmatch(b.page, -1) {
		values := url.Values{}
		for _, in := range inputShape.FindAllStringSubmatch(form[1], -1) {
			values.Set(in[1], html.UnescapeString(in[2]))
		}
		for _, button := range buttonShape.FindAllStringSubmatch(form[1], -1) {
			if strings.Contains(button[3], text) {
				values.Set(button[1], html.UnescapeString(button[2]))
				return b.do(http.MethodPost, b.at.String(), values)
			}
		}
	}
	b.t.Fatalf("no button %q on the page:\n%s", text, b.page)
	return b
}

func (b *browser) sees(texts ...string) *browser {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(b.page), text) {
			b.t.Fatalf("the page does not show %q:\n%s", text, b.page)
		}
	}
	return b
}

func (b *browser) returned(want map[string]string) url.Values {
	b.t.Helper()
	if b.back == nil {
		b.t.Fatalf("the browser was not sent back; it shows:\n%s", b.page)
	}
	for k, v := range want {
		if !strings.Contains(b.back.Get(k), v) {
			b.t.Errorf("%s is %q, want %q", k, b.back.Get(k), v)
		}
	}
	return b.back
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
