package app

import (
	"net/url"

	"golang.org/x/net/http/httpproxy"

	"github.com/nightjar-sec/nightjar"
)

// proxyOf says through which proxy a URL is reached, by the setting proxy: as
// requests to Microsoft go (m365.HTTPOptions). nil is for none at all.
func proxyOf(setting string) (func(*url.URL) (*url.URL, error), error) {
	switch setting {
	case "":
		return httpproxy.FromEnvironment().ProxyFunc(), nil
	case "direct":
		return nil, nil //nolint:nilnil // there is none
	}
	u, err := url.Parse(setting)
	if err != nil {
		// The cause is left out: it holds the address, and so a password.
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the proxy's address cannot be read", Hint: "write it as http://host:port or http://name:password@host:port, or direct for none"}
	}
	return func(*url.URL) (*url.URL, error) { return u, nil }, nil
}
