package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
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

// OpenID is a provider of identities that is not Microsoft's: it names itself
// in its answers (RFC 9207), takes the client's secret in the header, signs
// with ES256, and changes its keys when told to.
// Source: openid.net/specs/openid-connect-core-1_0.html, read 2026-11-22.
type OpenID struct {
	Issuer       string
	ClientID     string
	ClientSecret string

	s     *Server
	codes codes

	mu   sync.Mutex
	key  *ecdsa.PrivateKey
	name string // of the key
	keys int
}

// OpenID returns the provider, which the sign-in root serves under /openid.
func (s *Server) OpenID() *OpenID { return s.openid }

func newOpenID(s *Server) (*OpenID, error) {
	o := &OpenID{
		Issuer: s.roots.Login + "/openid", ClientID: "nightjar-" + guidOf(s.seed, "openid client")[:8],
		ClientSecret: "sim~" + guidOf(s.seed, "openid secret"), s: s,
	}
	return o, o.Rotate()
}

// Rotate replaces the key: what was signed before is not verified any more.
func (o *OpenID) Rotate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make a signing key: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keys++
	o.key, o.name = key, fmt.Sprint("key-", o.keys)
	return nil
}

func (o *OpenID) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /openid/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{
			"issuer": o.Issuer, "authorization_endpoint": o.Issuer + "/authorize", "token_endpoint": o.Issuer + "/token",
			"jwks_uri": o.Issuer + "/keys", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
			"id_token_signing_alg_values_supported": []string{"ES256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
			"authorization_response_iss_parameter_supported": true,
		})
	})
	mux.HandleFunc("GET /openid/keys", func(w http.ResponseWriter, _ *http.Request) {
		key, name := o.current()
		point, err := key.PublicKey.Bytes() // 4, x, y
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
			"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": name,
			"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
		}}})
	})
	mux.HandleFunc("GET /openid/authorize", o.authorize)
	mux.HandleFunc("POST /openid/authorize", o.authorize)
	mux.HandleFunc("POST /openid/token", o.token)
}

func (o *OpenID) current() (*ecdsa.PrivateKey, string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.key, o.name
}

// authorize shows who can sign in, and sends whoever it is back.
func (o *OpenID) authorize(w http.ResponseWriter, r *http.Request) {
	o.s.truth.request("openid authorize")
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	v := visit{s: o.s, w: w, r: r, q: r.URL.Query()}
	redirect := v.q.Get("redirect_uri")
	if err := r.ParseForm(); err != nil || v.q.Get("client_id") != o.ClientID || !strings.HasPrefix(redirect, "http://127.0.0.1") && !strings.HasPrefix(redirect, "https://") {
		http.Error(w, "this application or address is not known", http.StatusBadRequest)
		return
	}
	if v.q.Get("code_challenge_method") != "S256" || v.q.Get("response_type") != "code" {
		v.send(url.Values{"error": {"invalid_request"}, "iss": {o.Issuer}})
		return
	}
	who, known := o.s.account(r.PostForm.Get("account"))
	if !known {
		v.choose()
		return
	}
	now := o.s.signInClock.Now()
	code := o.codes.give(authCode{
		who: who, redirect: redirect, nonce: v.q.Get("nonce"), challenge: v.q.Get("code_challenge"), openid: true, issued: now, authenticated: now,
	})
	v.send(url.Values{"code": {code}, "iss": {o.Issuer}})
}

func (o *OpenID) token(w http.ResponseWriter, r *http.Request) {
	o.s.truth.request("openid token")
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	id, secret, _ := r.BasicAuth()
	if id != o.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(url.QueryEscape(o.ClientSecret))) != 1 {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	now := o.s.signInClock.Now()
	code, fault := o.codes.redeem(r.PostForm, now)
	if fault != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	token, err := o.sign(map[string]any{
		"iss": o.Issuer, "aud": o.ClientID, "sub": guidOf(o.s.seed, "openid "+code.who.UPN), "nonce": code.nonce, "name": code.who.Name,
		"preferred_username": code.who.UPN, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": code.authenticated.Unix(),
		"groups": []string{string(code.who.Kind)},
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]any{"token_type": "Bearer", "access_token": rand.Text(), "expires_in": 300, "id_token": token})
}

func (o *OpenID) sign(claims map[string]any) (string, error) {
	key, name := o.current()
	header, err := json.Marshal(map[string]string{"typ": "JWT", "alg": "ES256", "kid": name})
	if err != nil {
		return "", fmt.Errorf("encode a token's header: %w", err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode a token's claims: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
