package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// proxied is the way to an address through a proxy.
type proxied struct {
	client *http.Client
	name   string // of the destination, without its port
	host   string // of the proxy, with its port and without its name and password
	login  bool   // whether there are these
}

// proxyRefusalError is what a proxy answered to CONNECT.
type proxyRefusalError struct{ status int }

func (e *proxyRefusalError) Error() string { return fmt.Sprintf("the proxy answered %d", e.status) }

// throughError is a failure on the way through the proxy, before there was a
// connection to the destination.
type throughError struct{ err error }

func (e *throughError) Error() string { return "through the proxy: " + e.err.Error() }
func (e *throughError) Unwrap() error { return e.err }

// proxyOf is the way to an https address through its proxy; nil when it has none.
func (p *Poster) proxyOf(u *url.URL) (*proxied, error) {
	if p.e.Guard == nil || p.e.Guard.proxy == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	proxy, err := p.e.Guard.proxy(u)
	if err != nil {
		return nil, invalid("the proxy's address cannot be read", "look at proxy in the configuration, and at HTTPS_PROXY")
	}
	if proxy == nil {
		return nil, nil //nolint:nilnil // there is none for this address
	}
	if proxy.User != nil {
		password, _ := proxy.User.Password()
		p.hide = append(p.hide, forms(password)...)
		p.hide = append(p.hide, base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password)))
	}
	return &proxied{
		name: u.Hostname(), host: proxy.Host, login: proxy.User != nil,
		client: p.over(&http.Transport{
			// It dials the proxy and nothing else.
			DialContext: p.e.Guard.toProxy, Proxy: http.ProxyURL(proxy),
			ProxyConnectHeader: http.Header{"User-Agent": {"Nightjar/" + p.e.Version}},
			OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
				if answer.StatusCode == http.StatusOK {
					return nil
				}
				return &proxyRefusalError{answer.StatusCode}
			},
		}),
	}, nil
}

// do asks by the way that the address is reached now. sent says whether the
// request may have left.
func (p *Poster) do(req *http.Request) (resp *http.Response, sent bool, err error) {
	var connected atomic.Bool
	ctx := req.Context()
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }, // what is written from here on may arrive
	}))
	through := false
	if p.proxied != nil {
		if through, err = p.e.Guard.through(ctx, p.proxied.name); err != nil {
			return nil, false, err
		}
	}
	client := p.client
	if through {
		client = p.proxied.client
	}
	if resp, err = client.Do(req); err == nil {
		return resp, true, nil
	}
	err = inside(err)
	if through && !connected.Load() {
		err = &throughError{err}
	}
	return nil, connected.Load(), err
}

// broken says what an error of do means for a message.
func (p *Poster) broken(err error, sent bool) *SendError {
	if _, ok := errors.AsType[*throughError](err); !ok {
		return Broken(err, p.host, sent)
	}
	e := &SendError{Reason: ReasonProxy, Err: err}
	proxy, host := p.proxied.host, p.host
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	if refusal, ok := errors.AsType[*proxyRefusalError](err); ok {
		e.Message, e.Hint = p.proxied.refused(refusal.status, host)
		return e
	}
	why := plain(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Reason, e.Message = ReasonTimeout, fmt.Sprintf("no connection to %s came about in time through the proxy %s", host, proxy)
	case errors.As(err, &op) && op.Op == "socks connect":
		e.Message, e.Hint = fmt.Sprintf("the proxy %s does not connect to %s", proxy, host), "look at what the proxy's log says of it"
	case errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "dial"):
		e.Message, e.Hint = fmt.Sprintf("the proxy %s cannot be reached", proxy), "look at proxy in the configuration, and at HTTPS_PROXY"
		if why != "" {
			e.Message += ": " + why
		}
	case why != "":
		e.Reason, e.Message = ReasonUnreachable, fmt.Sprintf("%s cannot be reached through the proxy %s: %s", host, proxy, why)
		e.Hint = "where the proxy inspects TLS, name its authority in notify.ca_file"
	default:
		e.Message, e.Hint = fmt.Sprintf("the connection to %s through the proxy %s broke off before anything was sent", host, proxy), "look at what the proxy's log says of it"
	}
	return e
}

// refused says what a proxy's answer to CONNECT means.
func (w *proxied) refused(status int, host string) (message, hint string) {
	switch {
	case status == http.StatusProxyAuthRequired && w.login:
		return fmt.Sprintf("the proxy %s does not take our name and password (%d)", w.host, status), "look at those in proxy of the configuration, or in HTTPS_PROXY"
	case status == http.StatusProxyAuthRequired:
		return fmt.Sprintf("the proxy %s asks for a name and a password (%d)", w.host, status), "put them into proxy of the configuration: http://name:password@host:port"
	case status >= http.StatusInternalServerError:
		return fmt.Sprintf("the proxy %s cannot reach %s (%d)", w.host, host, status), "it resolves names and connects by itself: look at what its log says"
	default:
		return fmt.Sprintf("the proxy %s does not connect to %s (%d)", w.host, host, status), "have it allow CONNECT to this host"
	}
}
