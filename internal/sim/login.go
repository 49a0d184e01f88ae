package sim

import (
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// login serves the sign-in root: openid configuration, keys and both
// generations of the token endpoint.
func (s *Server) login() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.serveOpenID)
	mux.HandleFunc("GET /{tenant}/.well-known/openid-configuration", s.serveOpenID)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.serveKeys)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", s.serveAuthorize)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/authorize", s.serveAuthorize)
	mux.HandleFunc("GET /{tenant}/v2.0/adminconsent", s.serveAdminConsent)
	mux.HandleFunc("POST /{tenant}/v2.0/adminconsent", s.serveAdminConsent)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) { s.serveToken(w, r, 2) })
	mux.HandleFunc("POST /{tenant}/oauth2/token", func(w http.ResponseWriter, r *http.Request) { s.serveToken(w, r, 1) })
	s.openid.routes(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		// Nothing but sign-in lives here, and sign-in takes no bearer token:
		// a client that sends one followed a foreign address with it.
		if r.Header.Get("Authorization") != "" {
			s.truth.violate("", "bearer token sent to a foreign host", r.Method+" "+r.URL.Path)
		}
		http.NotFound(w, r)
	})
	return mux
}

func (s *Server) serveOpenID(w http.ResponseWriter, r *http.Request) {
	s.truth.request("openid")
	id := strings.ToLower(r.PathValue("tenant"))
	if t := s.tenants[id]; t == nil && id != "common" && id != "organizations" {
		s.writeSignInError(w, r, errUnknownTenant(id))
		return
	}
	root := s.roots.Login + "/" + id
	issuer := root + "/v2.0"
	if id == "common" || id == "organizations" {
		issuer = s.anyIssuer()
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint":                        root + "/oauth2/v2.0/token",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"jwks_uri":                              root + "/discovery/v2.0/keys",
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"issuer":                                issuer,
		"authorization_endpoint":                root + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint":         root + "/oauth2/v2.0/devicecode",
		"tenant_region_scope":                   "EU",
		"cloud_instance_name":                   "simulated",
		"msgraph_host":                          strings.TrimPrefix(s.roots.Graph, "https://"),
	})
}

func (s *Server) serveKeys(w http.ResponseWriter, _ *http.Request) {
	e := big64(s.mint.key.E)
	issuer := s.anyIssuer()
	if s.scenario.ForgeIDToken == "foreign_tenants_key" {
		issuer = s.roots.Login + "/" + guidOf(s.seed, "stranger") + "/v2.0"
	}
	writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "kid": s.mint.keyID,
		"n": base64.RawURLEncoding.EncodeToString(s.mint.key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(e),
		// Microsoft says for which issuers a key signs.
		"issuer": issuer,
	}}})
}

// anyIssuer is the issuer of every tenant, as Microsoft writes it.
func (s *Server) anyIssuer() string { return s.roots.Login + "/{tenantid}/v2.0" }

// big64 is a number as the fewest big-endian bytes.
func big64(n int) []byte {
	var b []byte
	for ; n > 0; n >>= 8 {
		b = append([]byte{byte(n)}, b...)
	}
	return b
}

func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, version int) {
	s.truth.request("token")
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		s.writeSignInError(w, r, &signInError{http.StatusBadRequest, "invalid_request", 900144, "The request body could not be read."})
		return
	}
	if s.faultToken(w) {
		return
	}
	if version == 2 && r.PostForm.Get("grant_type") == "authorization_code" {
		s.serveCode(w, r)
		return
	}
	t, resource, fault := s.signIn(r, version)
	if fault != nil {
		s.writeSignInError(w, r, fault)
		return
	}
	now := s.signInClock.Now()
	lifetime := s.scenario.TokenLifetime
	claims := accessClaims{
		Audience: resource, Issuer: "https://sts.windows.net/" + t.ID + "/", IssuedAt: now.Unix(),
		NotAfter: now.Add(lifetime).Unix(), AppID: strings.ToLower(r.PostForm.Get("client_id")), Tenant: t.ID,
		Serial: guidOf(s.seed, fmt.Sprint("token ", s.serial.Add(1))), Version: "1.0",
	}
	if s.isManagement(resource) {
		claims.Roles = t.Roles
		if claims.AppID == s.operator.ClientID {
			_, claims.Roles = t.consented(now, s.scenario.ConsentDelay)
		}
	}
	token, err := s.mint.issue(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	seconds := int64(lifetime / time.Second)
	answer := map[string]any{"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}
	if version == 1 {
		// Version 1 writes its numbers as strings, version 2 as numbers.
		text := strconv.FormatInt(seconds, 10)
		answer = map[string]any{
			"token_type": "Bearer", "expires_in": text, "ext_expires_in": text, "resource": resource,
			"expires_on": strconv.FormatInt(claims.NotAfter, 10), "not_before": strconv.FormatInt(claims.IssuedAt, 10), "access_token": token,
		}
	}
	w.Header().Set("Cache-Control", "no-store, no-cache")
	writeJSON(w, http.StatusOK, answer)
}

// signIn judges a client-credentials request and says for which tenant and resource it is.
func (s *Server) signIn(r *http.Request, version int) (*tenant, string, *signInError) {
	id, f := strings.ToLower(r.PathValue("tenant")), r.PostForm
	app := strings.ToLower(f.Get("client_id"))
	t := s.tenants[id]
	switch {
	case t == nil && !guidShape.MatchString(id) && !strings.Contains(id, "."):
		return nil, "", errBadTenantName(id)
	case t == nil:
		return nil, "", errUnknownTenant(id)
	case f.Get("grant_type") != "client_credentials":
		return nil, "", errBadGrant(f.Get("grant_type"))
	case t.WrongCloud:
		return nil, "", errCrossCloud()
	case t.PolicyBlocks:
		return nil, "", errBlockedByPolicy()
	}
	application, fault := s.applicationIn(t, app)
	if fault != nil {
		return nil, "", fault
	}
	resource := f.Get("resource")
	if version == 2 {
		scope, ok := strings.CutSuffix(strings.Fields(f.Get("scope") + " x")[0], "/.default")
		if !ok {
			return nil, "", errBadScope(f.Get("scope"))
		}
		resource = scope
	}
	resource = strings.TrimRight(resource, "/")
	if !s.isManagement(resource) && !s.isGraph(resource) {
		return nil, "", errUnknownResource(resource, t.Name)
	}
	return t, resource, s.authenticate(application, t.ID, f)
}

// applicationIn finds an application in a tenant: the tenant's own, or the
// operator's once the tenant has consented to it.
func (s *Server) applicationIn(t *tenant, id string) (*application, *signInError) {
	if id == s.operator.ClientID {
		if known, _ := t.consented(s.signInClock.Now(), s.scenario.ConsentDelay); !known {
			return nil, errUnknownApp(id, t.Name)
		}
		return s.operator, nil
	}
	switch {
	case id != t.ClientID || t.NoConsent:
		return nil, errUnknownApp(id, t.Name)
	case t.AppDisabled:
		return nil, errDisabledApp(id, t.own.Name)
	}
	return t.own, nil
}

// authenticate judges the credential of an application. tenant is the one in the URL.
func (s *Server) authenticate(app *application, tenant string, f url.Values) *signInError {
	if text := f.Get("client_assertion"); text != "" {
		if f.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			return errMalformedAssertion("client_assertion_type is not jwt-bearer")
		}
		return s.checkAssertion(app, tenant, text)
	}
	if !f.Has("client_secret") {
		return errNoCredential()
	}
	return s.checkSecret(app, f.Get("client_secret"))
}

func (s *Server) checkSecret(app *application, value string) *signInError {
	for _, known := range app.secrets {
		if subtle.ConstantTimeCompare([]byte(known.Value), []byte(value)) != 1 {
			continue
		}
		if !known.Expires.IsZero() && !s.signInClock.Now().Before(known.Expires) {
			return errExpiredSecret(app.ClientID)
		}
		return nil
	}
	return errWrongSecret(app.ClientID)
}

func (s *Server) checkAssertion(app *application, tenant, text string) *signInError {
	a, err := parseAssertion(text)
	if err != nil {
		return errMalformedAssertion(err.Error())
	}
	now := s.signInClock.Now()
	from, to, inTime := a.inTime(now)
	if a.claims.Issuer != app.ClientID {
		return s.checkFederation(app, a, inTime, now)
	}
	thumbprint := a.header.SHA256 + a.header.Thumbprint
	if b, err := decodeBase64(thumbprint); err == nil {
		thumbprint = strings.ToUpper(hex.EncodeToString(b))
	}
	var key *rsa.PublicKey
	for _, c := range app.certificates {
		if a.names(c) {
			key = c.key
		}
	}
	if key == nil {
		return errBadAssertion(app.ClientID, thumbprint, "The key was not found.")
	}
	if err := a.verify(key); err != nil {
		return errBadAssertion(app.ClientID, thumbprint, "The key used is expired or the signature does not verify.")
	}
	if !inTime {
		return errAssertionTime(now, from, to)
	}
	if a.claims.Subject != app.ClientID {
		return errAssertionIssuer(app.ClientID)
	}
	want := s.roots.Login + "/" + tenant + "/oauth2/v2.0/token"
	accepted := []string{want, s.roots.Login + "/" + tenant + "/oauth2/token", s.roots.Login + "/" + tenant + "/v2.0", s.roots.Login + "/" + tenant}
	if !slices.ContainsFunc(a.claims.Audience, func(aud string) bool { return slices.Contains(accepted, strings.TrimRight(aud, "/")) }) {
		return errAssertionAudience(strings.Join(a.claims.Audience, " "), want)
	}
	if a.claims.Serial == "" {
		return errMalformedAssertion("it has no jti")
	}
	if !app.firstUse(a.claims.Serial) {
		return errAssertionReplayed(a.claims.Serial)
	}
	return nil
}

func (s *Server) checkFederation(app *application, a assertion, inTime bool, now time.Time) *signInError {
	for _, f := range app.federations {
		if f.Issuer != a.claims.Issuer || f.Subject != a.claims.Subject || !slices.Contains(a.claims.Audience, f.Audience) {
			continue
		}
		if err := a.verify(f.key); err != nil {
			return errBadAssertion(app.ClientID, a.header.KeyID, "The signature does not verify with the issuer's keys.")
		}
		if !inTime {
			from, to, _ := a.inTime(now)
			return errAssertionTime(now, from, to)
		}
		return nil
	}
	return errNoFederation(a.claims.Issuer, a.claims.Subject, strings.Join(a.claims.Audience, " "))
}

// writeSignInError answers as the token endpoint does.
func (s *Server) writeSignInError(w http.ResponseWriter, r *http.Request, e *signInError) {
	now := s.signInClock.Now().UTC().Format("2006-01-02 15:04:05Z")
	n := strconv.FormatInt(s.serial.Add(1), 10)
	trace, correlation := guidOf(s.seed, "trace "+n), guidOf(s.seed, "correlation "+n)
	s.truth.signInError(e.Code)
	s.logger.DebugContext(r.Context(), "sign-in refused", "code", e.Code)
	writeJSON(w, e.Status, map[string]any{
		"error": e.OAuth,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			e.Code, e.Text, trace, correlation, now),
		"error_codes": []int{e.Code}, "timestamp": now, "trace_id": trace, "correlation_id": correlation,
		"error_uri": s.roots.Login + "/error?code=" + strconv.Itoa(e.Code),
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone; there is nobody left to tell
}
