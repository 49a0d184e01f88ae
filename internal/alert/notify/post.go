package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Poster sends JSON by HTTP to one address, which is a secret.
type Poster struct {
	to      secret.Value
	host    string
	hide    []string // what answers must not repeat
	client  *http.Client
	proxied *proxied // nil when no proxy is for the address
	e       Environment
}

const (
	// maxAnswer is how much of an answer is read, and maxSaid how much is kept.
	maxAnswer = 64 << 10
	maxSaid   = 300
	// answerTimeout is how long the other side may take to answer.
	answerTimeout = 20 * time.Second
	// maxRetryAfter bounds what the other side may ask for.
	maxRetryAfter = 6 * time.Hour
)

// NewPoster checks the address: https, or http within networks that are allowed.
func NewPoster(to secret.Value, e Environment) (*Poster, error) {
	u, err := url.Parse(strings.TrimSpace(to.Reveal()))
	// The cause is left out: it holds the address.
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, invalid("the address is not an https URL", "e.g. https://hooks.example.com/…")
	}
	if u.User != nil {
		return nil, invalid("the address holds a name and a password", "leave them out")
	}
	dial := e.Guard.Dial
	if u.Scheme == "http" {
		if len(e.Guard.allow) == 0 {
			return nil, invalid("the address does not begin with https://", "http is for networks that notify.allow_networks names")
		}
		dial = e.Guard.DialNamed
	}
	p := &Poster{to: secret.New(u.String()), host: u.Host, hide: parts(u), e: e}
	p.client = p.over(&http.Transport{DialContext: dial})
	if u.Scheme == "https" {
		// What travels in the clear stays within networks that are named.
		if p.proxied, err = p.proxyOf(u); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// over is a client over a transport that says how connections are opened.
func (p *Poster) over(t *http.Transport) *http.Client {
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.e.Roots}
	t.TLSHandshakeTimeout, t.ResponseHeaderTimeout, t.MaxResponseHeaderBytes = dialTimeout, answerTimeout, 32<<10
	// A connection that was kept breaks in the middle of a message, and leaves it
	// in doubt.
	t.ForceAttemptHTTP2, t.DisableKeepAlives = true, true
	return &http.Client{
		Timeout: dialTimeout + answerTimeout, Transport: t,
		// A redirect would lead elsewhere than what was agreed on.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Host is whom the address belongs to; the rest of it is secret.
func (p *Poster) Host() string { return p.host }

// Hide names secrets beside the address that are sent to it.
func (p *Poster) Hide(secrets ...secret.Value) {
	for _, v := range secrets {
		p.hide = append(p.hide, forms(v.Reveal())...)
	}
}

// Post sends a body and waits for the answer.
func (p *Poster) Post(ctx context.Context, body []byte, headers map[string]string) (said string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.to.Reveal(), bytes.NewReader(body))
	if err != nil {
		return "", &SendError{Reason: ReasonSettings, Message: "the address of the channel cannot be used", Hint: "give it again"}
	}
	// A request with an idempotency key would be sent again by the transport
	// itself when a kept connection breaks; we decide that.
	req.GetBody = nil
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Nightjar/"+p.e.Version)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, sent, err := p.do(req)
	if err != nil {
		return "", p.broken(err, sent)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	said = p.Redact(fmt.Sprintf("%d %s", resp.StatusCode, answer))
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		// Whoever answers so has taken it, also when the rest breaks off.
		return said, nil
	}
	if err != nil && resp.StatusCode < 300 {
		return said, Broken(err, p.host, true)
	}
	return said, p.refused(resp, said)
}

// inside takes away the *url.Error, whose text holds the address.
func inside(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// refused says what a status means.
func (p *Poster) refused(resp *http.Response, said string) error {
	e := &SendError{Said: said, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), p.e.Clock.Now())}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		e.Reason, e.Message = ReasonThrottled, fmt.Sprintf("%s takes no more for now", p.host)
	case code == http.StatusRequestTimeout || code == http.StatusTooEarly || code == http.StatusInternalServerError || code == http.StatusServiceUnavailable:
		e.Reason, e.Message = ReasonServer, fmt.Sprintf("%s has trouble (%d)", p.host, code)
	case code >= 500:
		// A gateway that gave up waiting does not know what became of it.
		e.Reason, e.Doubtful, e.Message = ReasonServer, true, fmt.Sprintf("%s has trouble (%d)", p.host, code)
	case code >= 300 && code < 400:
		e.Reason, e.Message, e.Hint = ReasonRefused, fmt.Sprintf("%s leads elsewhere (%d), and Nightjar does not follow", p.host, code), "give the channel the address that it leads to"
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusNotFound || code == http.StatusGone || code == http.StatusMethodNotAllowed || code == http.StatusProxyAuthRequired:
		e.Reason, e.Message, e.Hint = ReasonRefused, fmt.Sprintf("%s does not know the channel (%d)", p.host, code), "make a new address there and give it to the channel"
	default:
		e.Reason, e.Permanent, e.Message = ReasonMessage, true, fmt.Sprintf("%s does not take this message (%d)", p.host, code)
	}
	return e
}

// retryAfter reads seconds or a date.
func retryAfter(s string, now time.Time) time.Duration {
	d := time.Duration(0)
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 && n < 1<<30 {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(s); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// Redact makes of an answer what may be kept and shown: a line, without the
// address and the other secrets that it may repeat.
func (p *Poster) Redact(s string) string { return said(s, p.hide) }

// parts are what an answer may repeat of an address.
func parts(u *url.URL) []string {
	some := []string{u.String(), u.RequestURI(), u.EscapedPath(), u.Path, u.RawQuery}
	for _, values := range u.Query() {
		some = append(some, values...)
	}
	some = slices.DeleteFunc(some, func(s string) bool { return len(s) < 6 })
	for part := range strings.SplitSeq(u.Path, "/") {
		if len(part) >= 8 {
			some = append(some, part)
		}
	}
	return some
}

func invalid(message, hint string) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: message, Hint: hint}
}
