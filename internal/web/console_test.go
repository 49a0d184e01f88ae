package web_test

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nightjar-sec/nightjar/internal/web"
)

const script = "console.log(1)"

func built() fstest.MapFS {
	return fstest.MapFS{
		"index.html":             {Data: []byte(`<script nonce="__NIGHTJAR_NONCE__" src="/assets/main-1a2b.js"></script><meta nonce="__NIGHTJAR_NONCE__">`)},
		"assets/main-1a2b.js":    {Data: []byte(script)},
		"assets/main-1a2b.js.br": {Data: []byte("as brotli")},
		"assets/main-1a2b.js.gz": {Data: []byte("as gzip")},
		"nightjar.svg":           {Data: []byte("<svg/>")},
		".gitignore":             {Data: []byte("*")},
	}
}

func console(t *testing.T, cfg web.Config) *web.Console {
	t.Helper()
	c, err := web.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ask(c http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// S19 of the security page.
func TestEachPageHasANonceOfItsOwnInPolicyAndMarkup(t *testing.T) {
	t.Parallel()
	c := console(t, web.Config{Files: built()})
	seen := map[string]bool{}
	for _, path := range []string{"/", "/search?from=2026-11-01T00:00:00Z", "/connections/11111111-2222-3333-4444-555555555555"} {
		w := ask(c, path)
		if w.Code != http.StatusOK {
			t.Fatalf("%s answers %d", path, w.Code)
		}
		policy := w.Header().Get("Content-Security-Policy")
		_, rest, found := strings.Cut(policy, "style-src 'self' 'nonce-")
		nonce, _, _ := strings.Cut(rest, "'")
		if !found || len(nonce) < 22 {
			t.Fatalf("policy %q has no nonce of 128 bits", policy)
		}
		if seen[nonce] {
			t.Errorf("the nonce %s was given twice", nonce)
		}
		seen[nonce] = true
		if got := strings.Count(w.Body.String(), `nonce="`+nonce+`"`); got != 2 {
			t.Errorf("the page has its nonce %d times, want 2: %s", got, w.Body)
		}
		for _, part := range []string{"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "img-src 'self' data:"} {
			if !strings.Contains(policy, part) {
				t.Errorf("policy lacks %q: %s", part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("policy allows something unsafe: %s", policy)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("a page with a nonce may be kept: Cache-Control %q", got)
		}
	}
}

func TestEveryAnswerCarriesTheGuardingHeaders(t *testing.T) {
	t.Parallel()
	c := console(t, web.Config{Files: built()})
	for _, path := range []string{"/", "/assets/main-1a2b.js", "/assets/gone.js"} {
		h := ask(c, path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security":  "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may be framed", path)
		}
	}
}

func TestHTTPSIsInsistedOnOnceReachedByIt(t *testing.T) {
	t.Parallel()
	behindProxy := ask(console(t, web.Config{Files: built(), HTTPS: true}), "/")
	if behindProxy.Header().Get("Strict-Transport-Security") == "" {
		t.Error("behind a proxy that ends TLS there is no HSTS")
	}
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.TLS = &tls.ConnectionState{}
	w := httptest.NewRecorder()
	console(t, web.Config{Files: built()}).ServeHTTP(w, r)
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("over TLS there is no HSTS")
	}
}

func TestHashedFilesAreServedAsTheClientTakesThem(t *testing.T) {
	t.Parallel()
	c := console(t, web.Config{Files: built()})
	for accept, want := range map[string]string{
		"":                     script,
		"gzip, deflate, br":    "as brotli",
		"gzip":                 "as gzip",
		"br;q=0, gzip;q=0.5":   "as gzip",
		"br;q=0.0, gzip;q=0":   script,
		"BR":                   "as brotli",
		"brotli-like, notgzip": script,
	} {
		w := ask(c, "/assets/main-1a2b.js", "Accept-Encoding", accept)
		if got := w.Body.String(); got != want {
			t.Errorf("Accept-Encoding %q gets %q, want %q", accept, got, want)
		}
		if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("a hashed file is not kept: %q", got)
		}
		if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/javascript") {
			t.Errorf("a script is called %q", got)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Error("a cache may give one encoding to those who asked for another")
		}
	}
	again := ask(c, "/nightjar.svg", "If-None-Match", ask(c, "/nightjar.svg").Header().Get("ETag"))
	if again.Code != http.StatusNotModified {
		t.Errorf("an unchanged file is sent again: %d", again.Code)
	}
}

func TestUnknownFilesAreNotAnsweredWithThePage(t *testing.T) {
	t.Parallel()
	c := console(t, web.Config{Files: built()})
	for _, path := range []string{"/assets/old-9f.js", "/favicon.ico", "/assets/", "/api/v1/nothing", "/.gitignore", "/index.html.br", "/../etc/passwd.txt"} {
		if w := ask(c, path); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "nonce") {
			t.Errorf("%s answers %d %s", path, w.Code, w.Body)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	console(t, web.Config{Files: built()}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", http.NoBody))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", w.Code)
	}
}

func TestACheckoutWithoutConsoleSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	c := console(t, web.Config{Files: fstest.MapFS{".gitignore": {Data: []byte("*")}}})
	w := ask(c, "/search")
	if c.Built() || w.Code != http.StatusOK || !bytes.Contains(w.Body.Bytes(), []byte("make build")) {
		t.Errorf("answers %d: %s", w.Code, w.Body)
	}
}

func TestAPageWithoutRoomForANonceIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	if _, err := web.New(web.Config{Files: fstest.MapFS{"index.html": {Data: []byte("<script>")}}}); err == nil {
		t.Error("a console whose own scripts the policy would refuse is served")
	}
}
