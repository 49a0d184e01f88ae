package syslog

import (
	"crypto/x509"
	"net"
	"strconv"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// The forms of the body.
const (
	formText = "text"
	formCEF  = "cef"
	formJSON = "json"
)

// The ways to the receiver.
const (
	byTLS = "tls"
	byTCP = "tcp" // within a network that notify.allow_networks names
)

// config is what the settings of a channel say.
type config struct {
	host, port string
	transport  string
	form       string
	facility   int
	roots      *x509.CertPool
}

// facilities are the numbers of RFC 5424 that people choose from.
func facilities() map[string]int {
	return map[string]int{"user": 1, "auth": 4, "authpriv": 10, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20, "local5": 21, "local6": 22, "local7": 23}
}

// Kind describes channels by syslog.
func Kind() notify.Kind {
	return notify.Kind{
		Name: "syslog", Title: "Syslog", Bundles: false,
		States: []notify.State{notify.StateAcknowledged},
		Fields: []notify.Field{
			{Name: "server", Title: "Receiver", Leads: true, Required: true, Help: "name and port, e.g. siem.example.com:6514", Example: "siem.example.com:6514"},
			{Name: "transport", Title: "Transport", Default: byTLS, Options: []string{byTLS, byTCP}, Help: "tls, or tcp within an allowed network"},
			{Name: "format", Title: "Body", Default: formText, Options: []string{formText, formCEF, formJSON}, Help: "a sentence, ArcSight's Common Event Format, or the JSON of the webhook's notices"},
			{Name: "facility", Title: "Facility", Default: "local0", Options: []string{"user", "auth", "authpriv", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}},
			{Name: "ca", Title: "Certificate authority", Secret: true, Help: "PEM of the authority of the receiver's certificate, in place of those of the system"},
		},
		New: func(s notify.Settings, e notify.Environment) (notify.Sink, error) {
			c, err := read(s, e)
			if err != nil {
				return nil, err
			}
			return &sink{config: c, e: e}, nil
		},
	}
}

func read(s notify.Settings, e notify.Environment) (config, error) {
	c := config{transport: s.Values["transport"], form: s.Values["format"], facility: facilities()[s.Values["facility"]], roots: e.Roots}
	var err error
	if c.host, c.port, err = net.SplitHostPort(s.Values["server"]); err != nil || c.host == "" {
		return c, invalid("the receiver is not name:port", "e.g. siem.example.com:6514")
	}
	if n, err := strconv.ParseUint(c.port, 10, 16); err != nil || n == 0 {
		return c, invalid("the receiver's port is not a number", "6514 is that of syslog over TLS")
	}
	if ca := s.Secrets["ca"]; !ca.IsZero() {
		c.roots = x509.NewCertPool()
		if !c.roots.AppendCertsFromPEM([]byte(ca.Reveal())) {
			return c, invalid("the certificate authority is not a certificate in PEM", "it begins with -----BEGIN CERTIFICATE-----")
		}
	}
	return c, nil
}

func invalid(message, hint string) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: message, Hint: hint}
}
