package email

import (
	"errors"
	"net/smtp"
	"slices"
	"strings"
)

var errSignIn = errors.New("no known way of signing in")

// signIn proves who we are, by TLS alone: settings with a password and
// without TLS are refused.
func (s *sink) signIn(c *smtp.Client) error {
	if _, secured := c.TLSConnectionState(); !secured && s.security != implicit {
		return errNoTLS
	}
	_, offered := c.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	switch {
	case s.auth != authLogin && slices.Contains(ways, "PLAIN"):
		return c.Auth(&plainAuth{s})
	case s.auth != authPlain && slices.Contains(ways, "LOGIN"):
		return c.Auth(&loginAuth{s})
	default:
		return errSignIn
	}
}

// plainAuth is RFC 4616. That of net/smtp does not know of TLS from the first
// byte, and would refuse it.
type plainAuth struct{ *sink }

func (a *plainAuth) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + a.username + "\x00" + a.password.Reveal()), nil
}

func (a *plainAuth) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errSignIn
	}
	return nil, nil
}

// loginAuth is the older way that some servers know alone: they ask for the
// name, then for the password.
type loginAuth struct{ *sink }

func (a *loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (a *loginAuth) Next(asked []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch question := strings.ToLower(string(asked)); {
	case strings.HasPrefix(question, "user"):
		return []byte(a.username), nil
	case strings.HasPrefix(question, "pass"):
		return []byte(a.password.Reveal()), nil
	default:
		return nil, errSignIn
	}
}
