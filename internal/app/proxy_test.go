package app

import (
	"net/url"
	"strings"
	"testing"
)

// TestTheProxyIsThatOfTheConfiguration or of the environment, as for requests
// to Microsoft.
func TestTheProxyIsThatOfTheConfiguration(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://env.corp:3128")
	t.Setenv("https_proxy", "")
	t.Setenv("NO_PROXY", "inner.corp, 10.0.0.0/8")
	t.Setenv("no_proxy", "")
	for name, c := range map[string]struct{ setting, to, want string }{
		"the environment's":             {"", "https://hooks.slack.com/x", "http://env.corp:3128"},
		"of no host that it is not for": {"", "https://a.inner.corp/x", ""},
		"of no such network":            {"", "https://10.1.2.3/x", ""},
		"the configuration's":           {"http://ada:pw@proxy.corp:8080", "https://a.inner.corp/x", "http://ada:pw@proxy.corp:8080"},
		"none":                          {"direct", "https://hooks.slack.com/x", ""},
	} {
		f, err := proxyOf(c.setting)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if f != nil {
			to, err := url.Parse(c.to)
			if err != nil {
				t.Fatal(err)
			}
			u, err := f(to)
			if err != nil {
				t.Fatal(err)
			}
			if u != nil {
				got = u.String()
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if _, err := proxyOf("http://ada:hunter2@\x7f"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a proxy that cannot be read: %v", err)
	}
}
