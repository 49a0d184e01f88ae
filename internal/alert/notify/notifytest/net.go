// Package notifytest has the other side of notifications: a network in memory,
// a mail server, a receiver of webhooks and one of syslog, each of which can
// be told to fail as real ones do. Nothing that ships imports it.
package notifytest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"sync"
	"syscall"
)

// Host is the name that the certificate of Net is for.
const Host = "example.com"

// Net is a network in memory, so that tests may run in a bubble of
// testing/synctest. Addresses nobody listens at refuse connections.
type Net struct {
	// Certificate is for Host, and Roots trust it.
	Certificate tls.Certificate
	Roots       *x509.CertPool

	mu        sync.Mutex
	listeners map[string]*listener
}

// New returns a network without listeners.
func New() *Net {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	n := &Net{Certificate: s.TLS.Certificates[0], Roots: x509.NewCertPool(), listeners: map[string]*listener{}}
	n.Roots.AddCert(s.Certificate())
	return n
}

// Listen takes connections to host:port.
func (n *Net) Listen(address string) net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := &listener{net: n, address: address, conns: make(chan net.Conn), done: make(chan struct{})}
	n.listeners[address] = l
	return l
}

// Dial connects to a listener.
func (n *Net) Dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	l := n.listeners[address]
	n.mu.Unlock()
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// TLS is how servers of the network secure connections.
func (n *Net) TLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{n.Certificate}, MinVersion: tls.VersionTLS12}
}

type listener struct {
	net     *Net
	address string
	conns   chan net.Conn
	once    sync.Once
	done    chan struct{}
}

var errClosed = errors.New("the listener is closed")

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, errClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.done)
		l.net.mu.Lock()
		defer l.net.mu.Unlock()
		if l.net.listeners[l.address] == l {
			delete(l.net.listeners, l.address)
		}
	})
	return nil
}

func (l *listener) Addr() net.Addr { return address(l.address) }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
