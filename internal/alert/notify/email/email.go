package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

type sink struct {
	config
	e notify.Environment
}

// Destination names the recipients and the server.
func (s *sink) Destination() string {
	to := make([]string, len(s.to))
	for i, a := range s.to {
		to[i] = a.Address
	}
	return notify.Cut(strings.Join(to, ", "), 200) + " by " + net.JoinHostPort(s.host, s.port)
}

// Send hands the message to the server. Until the end of the text is sent, it
// has not been taken; from then on until the answer, nobody knows.
func (s *sink) Send(ctx context.Context, m notify.Message) (string, error) {
	text, err := s.compose(m)
	if err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the message cannot be written", Err: err}
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return "", notify.Broken(err, s.host, false)
	}
	defer func() { _ = conn.Close() }()
	// Every wait on the connection ends with the context.
	ended := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer ended()
	said, sent, err := s.talk(conn, text)
	if err == nil {
		return said, nil
	}
	if ctx.Err() != nil {
		err = errors.Join(context.DeadlineExceeded, err)
	}
	return "", s.failure(err, sent)
}

func (s *sink) dial(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(s.host, s.port)
	switch s.security {
	case implicit:
		return s.e.Guard.DialTLS(ctx, address, s.host, s.e.Roots)
	case noTLS:
		return s.e.Guard.DialNamed(ctx, "tcp", address)
	default:
		return s.e.Guard.Dial(ctx, "tcp", address)
	}
}

// errNoTLS: a server, or somebody in between, that does not offer what was agreed on.
var errNoTLS = errors.New("the server does not offer STARTTLS")

// talk leads the conversation. sent says that the text went out to its end.
func (s *sink) talk(conn net.Conn, text []byte) (said string, sent bool, err error) {
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return "", false, err
	}
	if err := c.Hello(hello(s.e.Host)); err != nil {
		return "", false, err
	}
	if s.security == startTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return "", false, errNoTLS
		}
		if err := c.StartTLS(notify.TLS(s.host, s.e.Roots)); err != nil {
			return "", false, err
		}
	}
	if s.username != "" {
		if err := s.signIn(c); err != nil {
			return "", false, err
		}
	}
	if err := c.Mail(s.from.Address); err != nil {
		return "", false, err
	}
	refused, err := s.recipients(c)
	if err != nil {
		return "", false, err
	}
	if said, sent, err = s.data(c, text); err != nil {
		return "", sent, err
	}
	// It is taken. How the conversation ends changes nothing.
	_ = c.Quit()
	if len(refused) > 0 {
		said += "; not taken for " + strings.Join(refused, ", ")
	}
	return said, true, nil
}

// recipients names those whom the message is for. One that is refused does not
// keep it from the others.
func (s *sink) recipients(c *smtp.Client) (refused []string, err error) {
	var last error
	for _, to := range s.to {
		err := c.Rcpt(to.Address)
		var reply *textproto.Error
		switch {
		case err == nil:
		case errors.As(err, &reply) && reply.Code >= 500:
			refused, last = append(refused, to.Address), err
		default:
			return nil, err
		}
	}
	if len(refused) == len(s.to) {
		return nil, last
	}
	return refused, nil
}

// data sends the text. net/smtp keeps the server's answer to itself, which has
// the number under which a person can find the message there.
func (s *sink) data(c *smtp.Client, text []byte) (said string, sent bool, err error) {
	id, err := c.Text.Cmd("DATA")
	if err != nil {
		return "", false, err
	}
	c.Text.StartResponse(id)
	_, _, err = c.Text.ReadResponse(354)
	c.Text.EndResponse(id)
	if err != nil {
		return "", false, err
	}
	w := c.Text.DotWriter()
	if _, err := w.Write(text); err != nil {
		return "", false, err
	}
	if err := w.Close(); err != nil {
		return "", true, err // part of the end may have left
	}
	code, answer, err := c.Text.ReadResponse(250)
	if err != nil {
		return "", true, err
	}
	return s.shown(code, answer), true, nil
}

// shown is an answer of the server, without what it may repeat of the sign-in.
func (s *sink) shown(code int, answer string) string {
	return notify.Said(fmt.Sprintf("%d %s", code, answer), s.password, secret.New("\x00"+s.username+"\x00"+s.password.Reveal()))
}

// failure says what an error means for the message.
func (s *sink) failure(err error, sent bool) error {
	var reply *textproto.Error
	if errors.Is(err, errNoTLS) {
		return &notify.SendError{Reason: notify.ReasonRefused, Message: s.host + " does not offer STARTTLS, and nothing is sent in the clear", Hint: "use security tls on port 465, or ask whoever runs the server"}
	}
	if errors.Is(err, errSignIn) {
		return &notify.SendError{Reason: notify.ReasonRefused, Message: s.host + " offers no way of signing in that Nightjar knows", Hint: "PLAIN and LOGIN are known"}
	}
	if !errors.As(err, &reply) {
		return notify.Broken(err, s.host, sent)
	}
	said := s.shown(reply.Code, reply.Msg)
	e := &notify.SendError{Said: said, Err: err, Message: fmt.Sprintf("%s answers %s", s.host, said)}
	switch {
	case reply.Code == 535 || reply.Code == 534 || reply.Code == 530 || reply.Code == 538:
		e.Reason, e.Hint = notify.ReasonRefused, "look at user name, password and how the server lets programs sign in"
	case reply.Code >= 500 && sent:
		// An answer to the whole text: this message, not the way.
		e.Reason, e.Permanent = notify.ReasonMessage, true
	case reply.Code >= 500:
		e.Reason = notify.ReasonRefused
	case reply.Code == 421 || reply.Code == 450 || reply.Code == 451 || reply.Code == 452:
		e.Reason = notify.ReasonThrottled
	default:
		e.Reason = notify.ReasonServer
	}
	return e
}

// hello is the name under which this machine greets.
func hello(host string) string {
	clean := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, host)
	if clean == "" {
		return "localhost"
	}
	return clean
}
