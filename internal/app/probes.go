package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/api"
)

// underOwnName keeps pages from the probes whose name was rebound to this
// machine: a browser takes what they read for their own. Beyond loopback, and
// behind a proxy, this process has names that it does not know.
func (a *App) underOwnName(h http.Handler) http.Handler {
	if a.opt.Config.Console.HTTPS() || !a.servesConsole() {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !api.PlainHost(r.Host) {
			http.Error(w, "not under this name: ask the address, e.g. 127.0.0.1", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// besidesProxy keeps what names tenants from those who come through a proxy:
// those probes ask for no login, and the world reaches the proxy. Whoever
// scrapes asks the listen address itself. That the process lives and is ready
// names nobody, and is what proxies ask.
func (a *App) besidesProxy(path string, h http.Handler) http.Handler {
	public, err := url.Parse(a.opt.Config.Console.PublicURL)
	if err != nil || public.Host == "" || path == "/livez" || path == "/readyz" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// By the name alone: a proxy may hand on any port that it was asked for.
		asked := url.URL{Host: r.Host}
		own := api.PlainHost(public.Host) || !strings.EqualFold(strings.TrimSuffix(asked.Hostname(), "."), public.Hostname())
		if !own || forwarded(r.Header) {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// forwarded reports whether a proxy handed the request on. Many keep the name
// that was asked for to themselves, and few say nothing at all.
func forwarded(h http.Header) bool {
	return slices.ContainsFunc([]string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"}, func(name string) bool {
		return h.Get(name) != ""
	})
}
