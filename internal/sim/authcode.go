package sim

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// codeLife is how long an authorization code can be redeemed; Microsoft's page
// says about 10 minutes.
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, read 2026-11-22.
const codeLife = 10 * time.Minute

// codes are the authorization codes that were given out.
type codes struct {
	mu  sync.Mutex
	all map[string]*authCode
}

type authCode struct {
	who       account
	tenant    string
	redirect  string
	nonce     string
	challenge string
	openid    bool
	issued    time.Time
	used      bool
	// authenticated is when the person proved who they are; issued may be later.
	authenticated time.Time
}

func (c *codes) give(a authCode) string {
	text := "1." + rand.Text() + rand.Text()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]*authCode{}
	}
	c.all[text] = &a
	return text
}

// redeem uses a code up; why not is said in the service's words.
func (c *codes) redeem(f url.Values, now time.Time) (authCode, *signInError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.all[f.Get("code")]
	sum := sha256.Sum256([]byte(f.Get("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case a == nil:
		return authCode{}, errBadCode("The provided authorization code is invalid.", 70000)
	case a.used:
		return authCode{}, errBadCode("OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.", 54005)
	case now.Sub(a.issued) > codeLife:
		return authCode{}, errBadCode("The provided authorization code or refresh token has expired due to inactivity.", 70008)
	case f.Get("redirect_uri") != a.redirect:
		return authCode{}, errBadCode("The reply address '"+f.Get("redirect_uri")+"' does not match the reply address '"+a.redirect+"' provided when requesting Authorization code.", 500112)
	case a.challenge != "" && subtle.ConstantTimeCompare([]byte(a.challenge), []byte(challenge)) != 1:
		return authCode{}, errBadCode("The Code_Verifier does not match the code_challenge supplied in the authorization request.", 501481)
	}
	a.used = true
	return *a, nil
}

// serveCode answers grant_type=authorization_code of the operator's application.
func (s *Server) serveCode(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	if !strings.EqualFold(f.Get("client_id"), s.operator.ClientID) {
		s.writeSignInError(w, r, errUnknownApp(f.Get("client_id"), r.PathValue("tenant")))
		return
	}
	if fault := s.authenticate(s.operator, r.PathValue("tenant"), f); fault != nil {
		s.writeSignInError(w, r, fault)
		return
	}
	now := s.signInClock.Now()
	code, fault := s.codes.redeem(f, now)
	if fault != nil {
		s.writeSignInError(w, r, fault)
		return
	}
	answer := map[string]any{"token_type": "Bearer", "scope": "openid profile", "access_token": rand.Text(), "expires_in": int64(s.scenario.TokenLifetime / time.Second)}
	if code.openid {
		token, err := s.idToken(code, now)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer["id_token"] = token
	}
	w.Header().Set("Cache-Control", "no-store, no-cache")
	writeJSON(w, http.StatusOK, answer)
}

// idClaims is what an id token says.
// Source: learn.microsoft.com/entra/identity-platform/id-token-claims-reference, read 2026-11-22.
type idClaims struct {
	Audience  string `json:"aud"`
	Party     string `json:"azp,omitempty"`
	Issuer    string `json:"iss"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	NotAfter  int64  `json:"exp"`
	Name      string `json:"name"`
	Nonce     string `json:"nonce,omitempty"`
	Object    string `json:"oid"`
	Account   string `json:"preferred_username"`
	Subject   string `json:"sub"`
	Tenant    string `json:"tid"`
	Serial    string `json:"uti"`
	Version   string `json:"ver"`
	// AuthTime is one of the optional claims, which this registration asks for.
	// Source: learn.microsoft.com/entra/identity-platform/optional-claims-reference, read 2026-11-22.
	AuthTime int64    `json:"auth_time,omitempty"`
	Roles    []string `json:"roles,omitempty"` // of the application, that are assigned to the person
}

// idToken says who signed in, unless the scenario has it lie.
func (s *Server) idToken(code authCode, now time.Time) (string, error) {
	object := code.who.object(s.seed, code.tenant)
	c := idClaims{
		Audience: s.operator.ClientID, Issuer: s.roots.Login + "/" + code.tenant + "/v2.0", IssuedAt: now.Unix(), NotBefore: now.Unix(),
		NotAfter: now.Add(time.Hour).Unix(), Name: code.who.Name, Nonce: code.nonce, Object: object, Account: code.who.UPN,
		Subject: guidOf(s.seed, "subject "+object), Tenant: code.tenant, Serial: guidOf(s.seed, fmt.Sprint("id token ", s.serial.Add(1))), Version: "2.0",
		AuthTime: code.authenticated.Unix(),
	}
	if t := s.tenants[code.tenant]; t != nil {
		name, _, _ := strings.Cut(code.who.UPN, "@")
		c.Roles = t.AppRoles[name]
	}
	stranger := guidOf(s.seed, "stranger")
	switch s.scenario.ForgeIDToken {
	case "wrong_audience":
		c.Audience = stranger
	case "wrong_party":
		c.Party = stranger // made for another application, which may hand it on
	case "wrong_issuer":
		c.Issuer = "https://sts.windows.net/" + code.tenant + "/"
	case "wrong_tenant":
		c.Tenant = stranger // the issuer goes on naming the true one
	case "wrong_nonce":
		c.Nonce = stranger
	case "no_auth_time":
		c.AuthTime = 0
	case "old_auth_time":
		c.AuthTime = now.Add(-time.Hour).Unix()
	case "expired":
		c.NotAfter = now.Add(-10 * time.Minute).Unix()
	case "unsigned":
		return unsigned(c)
	case "foreign_key":
		other, err := newMint()
		if err != nil {
			return "", err
		}
		other.keyID = s.mint.keyID // it claims to be the published one
		return other.sign(c)
	}
	return s.mint.sign(c)
}

// unsigned is the token that careless validators accept: algorithm none.
func unsigned(c idClaims) (string, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode a token's claims: %w", err)
	}
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"none"}`))
	return header + "." + base64.RawURLEncoding.EncodeToString(body) + ".", nil
}
