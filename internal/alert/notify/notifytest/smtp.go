package notifytest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// SMTP is a mail server that takes messages and fails as it is told.
type SMTP struct {
	// TLS is offered after STARTTLS, or from the first byte when Implicit; nil
	// offers none.
	TLS      *tls.Config
	Implicit bool
	// User and Password are asked for, by the ways of Auth, e.g. "PLAIN LOGIN".
	User, Password, Auth string
	// Fault says how to answer a command of the n-th connection, e.g.
	// "451 later" for "DATA" or "." for the end of a text; "" goes on, "hang"
	// never answers, "drop" breaks the connection, and "take and drop" takes
	// the message before.
	Fault func(n int, command string) string

	mu    sync.Mutex
	conns int
	seen  []Mail
	open  map[net.Conn]bool
	all   sync.WaitGroup
	l     net.Listener
}

// Mail is a message that was taken.
type Mail struct {
	From, User string
	To         []string
	Text       string
	Secured    bool
}

// Serve takes connections until Close.
func (s *SMTP) Serve(l net.Listener) {
	s.l, s.open = l, map[net.Conn]bool{}
	s.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			n := s.conns
			s.open[c] = true
			s.mu.Unlock()
			s.all.Go(func() { s.talk(n, c) })
		}
	})
}

// Close ends the server and its connections.
func (s *SMTP) Close() {
	_ = s.l.Close() // nothing to lose
	s.mu.Lock()
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}

// Seen returns the messages that were taken, in order.
func (s *SMTP) Seen() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.seen...)
}

// talk is one connection.
func (s *SMTP) talk(n int, raw net.Conn) {
	t := &talk{s: s, n: n, conn: raw}
	defer func() {
		_ = t.conn.Close()
		_ = raw.Close()
		s.mu.Lock()
		delete(s.open, raw)
		s.mu.Unlock()
	}()
	if s.Implicit {
		t.secure()
	}
	t.r = bufio.NewReader(t.conn)
	t.say("220 mail ready")
	for t.next() {
	}
}

type talk struct {
	s    *SMTP
	n    int
	conn net.Conn
	r    *bufio.Reader
	mail Mail
}

func (t *talk) secure() {
	t.conn = tls.Server(t.conn, t.s.TLS)
	t.mail.Secured = true
}

func (t *talk) say(line string) { _, _ = io.WriteString(t.conn, line+"\r\n") } // the other side went away

func (t *talk) line() (string, bool) {
	line, err := t.r.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err == nil
}

// fault plays what was told; it reports whether the command is dealt with and
// whether the conversation goes on.
func (t *talk) fault(command string) (dealt, on bool) {
	if t.s.Fault == nil {
		return false, true
	}
	switch how := t.s.Fault(t.n, command); how {
	case "":
		return false, true
	case "hang":
		_, _ = t.line() // until the other side gives up
		return true, false
	case "drop":
		return true, false
	case "take and drop":
		t.take()
		return true, false
	default:
		t.say(how)
		return true, true
	}
}

func (t *talk) take() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.s.seen = append(t.s.seen, t.mail)
}

// next answers one command.
func (t *talk) next() bool {
	line, ok := t.line()
	if !ok {
		return false
	}
	command, rest, _ := strings.Cut(line, " ")
	command = strings.ToUpper(command)
	if dealt, on := t.fault(command); dealt {
		return on
	}
	switch command {
	case "EHLO", "HELO":
		t.greet()
	case "STARTTLS":
		t.say("220 go on")
		t.secure()
		t.r = bufio.NewReader(t.conn)
	case "AUTH":
		t.auth(rest)
	case "MAIL":
		t.mail.From, t.mail.To = between(rest), nil
		t.say("250 ok")
	case "RCPT":
		t.mail.To = append(t.mail.To, between(rest))
		t.say("250 ok")
	case "DATA":
		return t.data()
	case "QUIT":
		t.say("221 bye")
		return false
	default:
		t.say("250 ok")
	}
	return true
}

func (t *talk) greet() {
	offers := []string{"mail"}
	if t.s.TLS != nil && !t.mail.Secured {
		offers = append(offers, "STARTTLS")
	}
	if t.s.Auth != "" {
		offers = append(offers, "AUTH "+t.s.Auth)
	}
	for i, o := range offers {
		sep := "-"
		if i == len(offers)-1 {
			sep = " "
		}
		t.say("250" + sep + o)
	}
}

func (t *talk) auth(rest string) {
	way, first, _ := strings.Cut(rest, " ")
	var user, password string
	switch strings.ToUpper(way) {
	case "PLAIN":
		parts := strings.Split(decode(first), "\x00")
		if len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		t.say("334 " + base64.StdEncoding.EncodeToString([]byte("Username:")))
		line, _ := t.line()
		user = decode(line)
		t.say("334 " + base64.StdEncoding.EncodeToString([]byte("Password:")))
		line, _ = t.line()
		password = decode(line)
	}
	if user != t.s.User || password != t.s.Password {
		t.say("535 5.7.8 no")
		return
	}
	t.mail.User = user
	t.say("235 ok")
}

func decode(s string) string {
	b, _ := base64.StdEncoding.DecodeString(s) // what does not decode is a wrong name
	return string(b)
}

func (t *talk) data() bool {
	t.say("354 go on")
	var text strings.Builder
	for {
		line, ok := t.line()
		if !ok {
			return false
		}
		if line == "." {
			break
		}
		text.WriteString(strings.TrimPrefix(line, ".") + "\n")
	}
	t.mail.Text = text.String()
	if dealt, on := t.fault("."); dealt {
		return on
	}
	t.take()
	t.say(fmt.Sprintf("250 queued as %d", t.n))
	return true
}

func between(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}
