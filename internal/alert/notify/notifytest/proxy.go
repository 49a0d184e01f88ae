package notifytest

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// Proxy is a proxy that connects to where it is asked for by CONNECT, and
// fails as it is told.
type Proxy struct {
	// Dial connects to a destination by the name that it was asked for, as a
	// proxy does that resolves names itself.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// User and Password are asked for, when there are any.
	User, Password string
	// Refuse is answered in place of connecting; 0 connects.
	Refuse int
	// Drop breaks the connection in place of an answer, and Hang never answers.
	Drop, Hang bool

	mu   sync.Mutex
	seen []string
	open map[net.Conn]bool
	all  sync.WaitGroup
	l    net.Listener
}

// Serve takes connections until Close.
func (p *Proxy) Serve(l net.Listener) {
	p.l, p.open = l, map[net.Conn]bool{}
	p.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.keep(c)
			p.all.Go(func() { p.talk(c) })
		}
	})
}

// Close ends the proxy and its connections.
func (p *Proxy) Close() {
	_ = p.l.Close() // nothing to lose
	p.mu.Lock()
	for c := range p.open {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.all.Wait()
}

// Behave changes what it does.
func (p *Proxy) Behave(change func(*Proxy)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// Seen returns the destinations that it was asked for, in order.
func (p *Proxy) Seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.seen...)
}

func (p *Proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c] = true
}

func (p *Proxy) drop(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

// talk is one connection.
func (p *Proxy) talk(c net.Conn) {
	defer p.drop(c)
	r := bufio.NewReader(c)
	req, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	p.mu.Lock()
	p.seen = append(p.seen, req.Host)
	status, dial, dropped, hang := p.Refuse, p.Dial, p.Drop, p.Hang
	if p.User != "" && req.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(p.User+":"+p.Password)) {
		status = http.StatusProxyAuthRequired
	}
	p.mu.Unlock()
	switch {
	case dropped:
		return
	case hang:
		_, _ = io.Copy(io.Discard, r) // until the other side gives up
		return
	case status == 0 && req.Method != http.MethodConnect:
		status = http.StatusMethodNotAllowed
	}
	if status != 0 {
		_, _ = fmt.Fprintf(c, "HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n", status) // the other side went away
		return
	}
	there, err := dial(req.Context(), "tcp", req.Host)
	if err != nil {
		_, _ = fmt.Fprint(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") // as above
		return
	}
	p.keep(there)
	defer p.drop(there)
	_, _ = fmt.Fprint(c, "HTTP/1.1 200 Connection established\r\n\r\n") // as above
	p.all.Go(func() {
		_, _ = io.Copy(c, there) // ends with either side
		_ = c.Close()
	})
	_, _ = io.Copy(there, r) // as above
}
