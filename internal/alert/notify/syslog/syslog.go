package syslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

type sink struct {
	config
	e notify.Environment
}

// Destination is the receiver.
func (s *sink) Destination() string { return net.JoinHostPort(s.host, s.port) + " by " + s.transport }

// lingering is how long a receiver may take to close after us. One that
// refuses what it got says so by breaking the connection.
const lingering = time.Second

// Send writes the message, and waits a moment for the receiver to break the
// connection: that is the only answer that syslog knows.
func (s *sink) Send(ctx context.Context, m notify.Message) (string, error) {
	address := net.JoinHostPort(s.host, s.port)
	var conn net.Conn
	var err error
	if s.transport == byTCP {
		conn, err = s.e.Guard.DialNamed(ctx, "tcp", address)
	} else {
		conn, err = s.e.Guard.DialTLS(ctx, address, s.host, s.roots)
	}
	if err != nil {
		return "", notify.Broken(err, s.host, false)
	}
	defer func() { _ = conn.Close() }()
	ended := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer ended()
	text, err := s.compose(m)
	if err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the message cannot be written", Err: err}
	}
	if _, err := conn.Write(frame(text)); err != nil {
		return "", notify.Broken(err, s.host, true)
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil {
			return "", notify.Broken(err, s.host, true)
		}
	}
	_ = conn.SetReadDeadline(s.e.Clock.Now().Add(lingering)) // a connection that takes no deadline has ended, which Read says
	if _, err := io.Copy(io.Discard, io.LimitReader(conn, 1<<10)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return "", notify.Broken(err, s.host, true)
	}
	return "written; syslog has no answers", nil
}

// frame puts the length before the message, as RFC 6587 and 5425 have it.
func frame(text string) []byte { return fmt.Appendf(nil, "%d %s", len(text), text) }

// enterprise is the number in the name of structured data that is of nobody:
// RFC 5612 keeps it for examples.
const enterprise = "nightjar@32473"

// compose writes a message of RFC 5424.
func (s *sink) compose(m notify.Message) (string, error) {
	n := notify.Notice{State: "test", Title: m.Subject(), Reason: m.Preface(), Severity: nightjar.SeverityLow, Time: m.Created, First: m.Created, Last: m.Created}
	if len(m.Notices) > 0 {
		n = m.Notices[0]
	}
	body, err := s.body(m, n)
	if err != nil {
		return "", err
	}
	data := fmt.Sprintf(`[%s key="%s" alert="%s" state="%s" severity="%s" tenant="%s" rule="%s"%s]`,
		enterprise, value(m.Key), value(n.Alert), value(string(n.State)), value(string(n.Severity)), value(string(n.Tenant)), value(n.Rule),
		map[bool]string{true: ` repeated="true"`}[m.Repeated])
	return fmt.Sprintf("<%d>1 %s %s nightjar %d %s %s \ufeff%s", s.facility*8+level(n.Severity), n.Time.UTC().Format("2006-01-02T15:04:05.000000Z"),
		name(s.e.Host, 255), os.Getpid(), name(string(n.State), 32), data, body), nil
}

func (s *sink) body(m notify.Message, n notify.Notice) (string, error) {
	switch s.form {
	case formCEF:
		return cef(s.e.Version, n), nil
	case formJSON:
		return jsonBody(n)
	default:
		text := fmt.Sprintf("%s: %s: %s", n.Words(), n.Title, n.Reason)
		if m.Repeated {
			text += " (may have been sent before)"
		}
		return notify.Cut(notify.OneLine(text), 4<<10), nil
	}
}

// level is the severity of RFC 5424.
func level(s nightjar.Severity) int {
	switch s {
	case nightjar.SeverityCritical:
		return 2
	case nightjar.SeverityHigh:
		return 3
	case nightjar.SeverityMedium:
		return 4
	case nightjar.SeverityLow:
		return 5
	case nightjar.SeverityInformational:
	}
	return 6
}

// value escapes a value of structured data.
func value(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(notify.OneLine(s))
}

// name keeps the printable ASCII of a header's field.
func name(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r
		}
		return -1
	}, s)
	if len(s) > most {
		s = s[:most]
	}
	if s == "" {
		return "-"
	}
	return s
}
