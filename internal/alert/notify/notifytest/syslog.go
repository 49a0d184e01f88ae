package notifytest

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// Syslog takes messages with their length before them (RFC 5425).
type Syslog struct {
	mu   sync.Mutex
	seen []string
	all  sync.WaitGroup
	l    net.Listener
}

// Serve takes connections until Close.
func (s *Syslog) Serve(l net.Listener, cfg *tls.Config) {
	if cfg != nil {
		l = tls.NewListener(l, cfg)
	}
	s.l = l
	s.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.all.Go(func() { s.read(c) })
		}
	})
}

// Close ends the server.
func (s *Syslog) Close() {
	_ = s.l.Close() // nothing to lose
	s.all.Wait()
}

func (s *Syslog) read(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	for {
		length, err := r.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, " "))
		if err != nil || n <= 0 || n > 1<<20 {
			return
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(r, text); err != nil {
			return
		}
		s.mu.Lock()
		s.seen = append(s.seen, string(text))
		s.mu.Unlock()
	}
}

// Seen returns the messages, in order.
func (s *Syslog) Seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.seen...)
}
