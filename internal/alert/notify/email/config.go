package email

import (
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The ways of securing the connection.
const (
	startTLS = "starttls" // TLS is agreed on after the greeting, or nothing is sent
	implicit = "tls"      // TLS from the first byte
	noTLS    = "none"     // within a network that notify.allow_networks names
)

// The ways of signing in.
const (
	authAuto  = "auto" // PLAIN, or LOGIN where there is no PLAIN
	authPlain = "plain"
	authLogin = "login"
)

// config is what the settings of a channel say.
type config struct {
	host     string
	port     string
	security string
	auth     string
	username string
	password secret.Value
	from     *mail.Address
	to       []*mail.Address
}

// maxRecipients keeps a channel from being a mailing list.
const maxRecipients = 50

// Kind describes channels by e-mail.
func Kind() notify.Kind {
	return notify.Kind{
		Name: "email", Title: "E-mail", Bundles: true,
		Fields: []notify.Field{
			{Name: "server", Title: "Mail server", Leads: true, Required: true, Help: "name and port of the server, e.g. smtp.example.com:587", Example: "smtp.example.com:587"},
			{Name: "security", Title: "Security", Default: startTLS, Options: []string{startTLS, implicit, noTLS}, Help: "starttls (port 587), tls from the first byte (port 465), or none within an allowed network"},
			{Name: "from", Title: "From", Required: true, Help: "address that messages come from", Example: "Nightjar <nightjar@example.com>"},
			{Name: "to", Title: "To", Required: true, Help: "addresses, separated by commas", Example: "soc@example.com"},
			{Name: "username", Title: "User name", Help: "where the server asks for one"},
			{Name: "password", Title: "Password", Secret: true, Help: "of the user; it is sent by TLS alone"},
			{Name: "auth", Title: "Sign-in", Default: authAuto, Options: []string{authAuto, authPlain, authLogin}, Help: "auto takes what the server offers"},
		},
		New: func(s notify.Settings, e notify.Environment) (notify.Sink, error) {
			c, err := read(s)
			if err != nil {
				return nil, err
			}
			return &sink{config: c, e: e}, nil
		},
	}
}

func read(s notify.Settings) (config, error) {
	c := config{security: s.Values["security"], auth: s.Values["auth"], username: s.Values["username"], password: s.Secrets["password"]}
	var err error
	if c.host, c.port, err = net.SplitHostPort(s.Values["server"]); err != nil || c.host == "" {
		return c, invalid("the mail server is not name:port", "e.g. smtp.example.com:587")
	}
	if n, err := strconv.ParseUint(c.port, 10, 16); err != nil || n == 0 {
		return c, invalid("the mail server's port is not a number", "587 with starttls, 465 with tls")
	}
	if !slices.Contains([]string{startTLS, implicit, noTLS}, c.security) {
		return c, invalid("the security is not starttls, tls or none", "starttls on port 587")
	}
	if c.from, err = mail.ParseAddress(s.Values["from"]); err != nil {
		return c, invalid("from is not an address", "e.g. Nightjar <nightjar@example.com>")
	}
	if c.to, err = mail.ParseAddressList(s.Values["to"]); err != nil || len(c.to) > maxRecipients {
		return c, invalid("to is not a list of at most 50 addresses", "e.g. soc@example.com, oncall@example.com")
	}
	if (c.username == "") != c.password.IsZero() {
		return c, invalid("a user name and a password belong together, and one is missing", "give both, or neither")
	}
	if c.username != "" && c.security == noTLS {
		return c, invalid("the password would travel in the clear", "set security to starttls or tls")
	}
	for _, a := range append([]*mail.Address{c.from}, c.to...) {
		if strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r > 0x7e }) {
			return c, invalid("an address has letters beyond ASCII, which not every server takes", "give it in its other form")
		}
	}
	return c, nil
}

func invalid(message, hint string) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: message, Hint: hint}
}
