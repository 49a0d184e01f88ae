package m365

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/nightjar-sec/nightjar/internal/clock"
)

// maxSignInBody bounds an answer of the sign-in service.
const maxSignInBody = 1 << 20

var errForeignLogin = errors.New("the sign-in service refers to another host")

// signInWire carries the requests of one sign-in, and remembers why it failed:
// azidentity turns its causes into text, and we decide on causes.
// It serves one goroutine at a time.
type signInWire struct {
	client  *http.Client
	login   origin
	clock   clock.Clock
	skew    *skew
	metrics *Metrics

	network *NetworkError // the last request had no answer
	status  int           // of the last answer
	header  http.Header
	body    []byte // of the last answer, unless it was a success
	local   error  // our own failure to prove who we are
	foreign string // another host to which the sign-in service refers
}

// Do sends one request. It implements policy.Transporter. The address of the
// token endpoint comes from the sign-in service; a secret goes to the
// configured host only.
func (w *signInWire) Do(r *http.Request) (*http.Response, error) {
	w.network, w.status, w.header, w.body = nil, 0, nil, nil
	if r.URL.Scheme != "https" || originOfURL(r.URL) != w.login {
		w.foreign = r.URL.Host
		return nil, errForeignLogin
	}
	answer, err := w.client.Do(r)
	if err != nil {
		w.metrics.answered(apiLogin, 0)
		w.network = networkError(r.URL.Host, err)
		return nil, w.network
	}
	w.metrics.answered(apiLogin, answer.StatusCode)
	w.skew.observe(answer.Header, w.clock.Now())
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxSignInBody))
	_ = answer.Body.Close() // everything that is of use was read
	if err != nil {
		w.network = networkError(r.URL.Host, err)
		return nil, w.network
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	w.status, w.header = answer.StatusCode, answer.Header
	if answer.StatusCode != http.StatusOK {
		w.body = body
	}
	return answer, nil
}
