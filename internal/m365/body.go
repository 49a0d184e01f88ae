package m365

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// errIdle is why a request is cancelled whose answer stands still.
var errIdle = errors.New("the answer stands still")

// body streams the decoded content of an answer. Whatever breaks it, and also
// its ending too early, comes out of Read as an APIError: a part is never
// taken for the whole.
type body struct {
	op     operation
	host   string
	wire   io.ReadCloser // as it comes
	plain  io.Reader     // decoded
	unzip  *sync.Pool    // of *gzip.Reader; their windows are worth keeping
	ctx    context.Context
	cancel context.CancelCauseFunc
	idle   *time.Timer
	period time.Duration
	left   int64 // bytes that may still come; negative when unbounded
	err    error // sticky
}

// newBody takes over an answer. cancel ends its request.
//
// Standing still is measured in the machine's time, not by a clock.Clock: it
// concerns the network, which does not run faster in a rehearsal.
func newBody(ctx context.Context, cancel context.CancelCauseFunc, op operation, answer *http.Response, period time.Duration, limit int64, unzip *sync.Pool) *body {
	b := &body{op: op, host: answer.Request.URL.Host, wire: answer.Body, ctx: ctx, cancel: cancel, period: period, left: -1, unzip: unzip}
	if limit > 0 {
		b.left = limit
	}
	//nolint:forbidigo // a silent network is silent by the wall's time, also in rehearsals
	b.idle = time.AfterFunc(period, func() { cancel(errIdle) })
	b.idle.Stop() // it runs during a Read only: a slow reader is not a slow network
	switch encoding := strings.ToLower(answer.Header.Get("Content-Encoding")); encoding {
	case "gzip", "x-gzip": // opened by the first Read
	case "", "identity":
		b.plain = b.wire
	default:
		b.err = failure(op, &APIError{Kind: KindTransient, Message: "the answer is encoded as " + cleanText(encoding)})
	}
	return b
}

// Read reads decoded bytes.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.idle.Reset(b.period)
	n, err := b.read(p)
	b.idle.Stop()
	if b.left >= 0 {
		if int64(n) > b.left {
			n = int(b.left)
			err = errTooLarge
		}
		b.left -= int64(n)
	}
	if err != nil {
		b.err = b.explain(err)
		if unzip, ok := b.plain.(*gzip.Reader); ok {
			b.plain = nil // every Read from here on returns b.err
			b.unzip.Put(unzip)
		}
	}
	return n, b.err
}

func (b *body) read(p []byte) (int, error) {
	if b.plain == nil {
		unzip, pooled := b.unzip.Get().(*gzip.Reader)
		if !pooled {
			unzip = new(gzip.Reader)
		}
		err := unzip.Reset(b.wire)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // an empty answer is not a gzip stream
		}
		if err != nil {
			return 0, err
		}
		b.plain = unzip
	}
	return b.plain.Read(p)
}

var errTooLarge = errors.New("more bytes than the configured limit")

func (b *body) explain(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return failure(b.op, &APIError{Kind: KindTooLarge, Err: err})
	case b.ctx.Err() != nil && !errors.Is(context.Cause(b.ctx), errIdle):
		// Even an io.EOF: a server may end its answer because we left.
		return context.Cause(b.ctx)
	case b.ctx.Err() != nil:
		err = errIdle
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return failure(b.op, &APIError{Kind: KindTransient, Message: "the answer broke off", Err: err})
}

// Close ends the answer. What was not read is not waited for.
func (b *body) Close() error {
	b.idle.Stop()
	err := b.wire.Close()
	b.cancel(nil)
	return err
}
