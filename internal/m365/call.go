package m365

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	publisherParameter = "PublisherIdentifier"
	firstBackoff       = 500 * time.Millisecond
	longestBackoff     = 30 * time.Second
)

// address builds the address of an operation below the tenant's feed.
func (a *Activity) address(operation string, parameters ...string) *url.URL {
	var q strings.Builder
	for i := 0; i+1 < len(parameters); i += 2 {
		q.WriteString(parameters[i] + "=" + url.QueryEscape(parameters[i+1]) + "&")
	}
	q.WriteString(publisherParameter + "=" + a.cfg.PublisherID)
	u, err := url.Parse(a.base + operation)
	if err != nil {
		u = &url.URL{} // a.base was parsed in NewActivity and operation is ours
	}
	u.RawQuery = q.String()
	return u
}

// call sends a request until it succeeds, fails for good, or was tried often
// enough. consume gets the answer and its decoded body; when it fails in a way
// that may pass, such as a truncated body, the whole request is repeated. The
// body is closed afterwards unless consume returns true.
func (a *Activity) call(ctx context.Context, op operation, method string, to *url.URL, send []byte, consume func(*http.Response, *body) (keep bool, err error)) error {
	refusals := 0
	for attempt := 1; ; attempt++ {
		err := a.try(ctx, op, method, to, send, consume, &refusals)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", op.doing(), context.Cause(ctx))
		}
		var wait time.Duration
		switch {
		case errors.Is(err, errRefused):
			attempt--
			wait = time.Duration(refusals-1) * firstBackoff
		case attempt >= a.cfg.Attempts || !Retryable(err):
			return err
		default:
			wait = a.backoff(attempt, err)
		}
		a.log.DebugContext(ctx, "trying again", "operation", op.what, "feed", string(op.feed), "attempt", attempt, "wait", wait, "error", err)
		if a.cfg.OnRetry != nil && !errors.Is(err, errRefused) {
			a.cfg.OnRetry(RetryInfo{Tenant: a.cfg.Tenant, Feed: op.feed, Err: err})
		}
		if wait > 0 {
			gateOf(ctx).Leave()
		}
		if err := a.cfg.Clock.Sleep(ctx, wait); err != nil {
			return fmt.Errorf("%s: %w", op.doing(), err)
		}
	}
}

// backoff is the wait before the next attempt. Throttling needs none here: the
// budget holds every request of the tenant back.
func (a *Activity) backoff(attempt int, err error) time.Duration {
	var asked time.Duration
	var api *APIError
	var auth *AuthError
	switch {
	case errors.As(err, &api):
		if api.Kind == KindThrottled {
			return 0
		}
		asked = api.RetryAfter
	case errors.As(err, &auth):
		asked = auth.RetryAfter
	}
	if asked > 0 {
		return asked
	}
	wait := min(firstBackoff<<min(attempt-1, 10), longestBackoff)
	return time.Duration(float64(wait) * (0.5 + a.cfg.Rand()))
}

// maxRefusals is how often in a row a token must be refused before that is
// believed: the first may be an old token, the second a stumble of Microsoft's.
const maxRefusals = 3

// errRefused says that the token was refused and another try is worth it.
var errRefused = errors.New("the token was refused")

// try sends a request once.
func (a *Activity) try(ctx context.Context, op operation, method string, to *url.URL, send []byte, consume func(*http.Response, *body) (bool, error), refusals *int) error {
	token, permit, err := a.allowed(ctx)
	if err != nil {
		return err
	}
	requestCtx, cancel := context.WithCancelCause(ctx)
	kept := false
	defer func() {
		if !kept {
			cancel(nil)
		}
	}()
	var payload io.Reader = http.NoBody
	if send != nil {
		payload = bytes.NewReader(send)
	}
	request, err := http.NewRequestWithContext(requestCtx, method, to.String(), payload)
	if err != nil {
		return failure(op, &APIError{Kind: KindBug, Message: "the request cannot be built"})
	}
	request.URL = to // as it is: a second parse would encode it anew
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set("User-Agent", "Nightjar")
	if send != nil {
		request.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	request.Header.Set("Authorization", "Bearer "+token.Value.Reveal())

	answer, err := a.cfg.HTTP.Do(request) //nolint:bodyclose // closed by whoever reads the answer
	if err != nil {
		a.cfg.Metrics.answered(op.api, 0)
		return unreachable(op.doing(), networkError(to.Host, withoutURL(err)))
	}
	a.cfg.Metrics.answered(op.api, answer.StatusCode)
	a.skew.observe(answer.Header, a.cfg.Clock.Now())
	b := newBody(requestCtx, cancel, op, answer, a.cfg.IdleTimeout, a.cfg.MaxBlobBytes, &a.unzip)
	defer func() {
		if !kept {
			_ = b.Close() // what mattered was read
		}
	}()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return a.refused(op, answer, b, permit, token, refusals)
	}
	a.cfg.Budget.Succeeded(permit)
	// A web page in a blob's place is the collector's to judge: it keeps the
	// bytes of what never parses.
	if op.api != apiBlob && strings.Contains(strings.ToLower(answer.Header.Get("Content-Type")), "html") {
		return failure(op, &APIError{Status: answer.StatusCode, Kind: KindWebPage})
	}
	kept, err = consume(answer, b)
	return err
}

// allowed waits for what one request takes of its tenant: a token, and a permit
// of the quota.
func (a *Activity) allowed(ctx context.Context) (token Token, permit Permit, err error) {
	gate := gateOf(ctx)
	token, held := a.cfg.Tokens.held(strings.TrimRight(a.cfg.Audience, "/"))
	if !held {
		gate.Leave()
		if token, err = a.cfg.Tokens.Token(ctx, a.cfg.Audience); err != nil {
			return token, permit, err
		}
	}
	permit, free := a.cfg.Budget.take()
	if !free {
		gate.Leave()
		if permit, err = a.cfg.Budget.Acquire(ctx); err != nil {
			return token, permit, err
		}
	}
	return token, permit, gate.Enter(ctx)
}

// refused turns an answer that is not a success into an error, and lets the
// budget and the token source know.
func (a *Activity) refused(op operation, answer *http.Response, b *body, permit Permit, token Token, refusals *int) error {
	text, _ := io.ReadAll(io.LimitReader(b, maxErrorBody)) // what there is of it is enough
	e := classify(answer.StatusCode, answer.Header, text, a.cfg.Clock.Now())
	if e.Kind == KindThrottled {
		pause, added := a.cfg.Budget.Throttled(permit, e.RetryAfter)
		a.cfg.Metrics.paused(added)
		if a.cfg.OnThrottle != nil {
			a.cfg.OnThrottle(ThrottleInfo{
				Tenant: a.cfg.Tenant, Feed: op.feed, Operation: op.what, Status: e.Status,
				RetryAfter: e.RetryAfter, Pause: pause, PerMinute: a.cfg.Budget.State().PerMinute,
			})
		}
		return failure(op, e)
	}
	a.cfg.Budget.Succeeded(permit)
	if e.Status == http.StatusUnauthorized && e.Kind == KindAuth {
		if *refusals++; *refusals < maxRefusals {
			if *refusals == 1 {
				a.cfg.Tokens.reject(a.cfg.Audience, token)
			}
			return errRefused
		}
		// A feed whose permission is missing answers 401 while the others work
		// (elastic/integrations#20104).
		if op.feed != "" {
			e.Kind = KindPermission
		}
	}
	if e.Kind == KindForeignHost {
		e.Message = "redirect to " + redirectHost(answer)
	}
	return failure(op, e)
}

func redirectHost(answer *http.Response) string {
	to, err := answer.Location()
	if err != nil {
		return "nowhere"
	}
	return cleanText(to.Scheme + "://" + to.Host)
}

// withoutURL takes the address out of an error of net/http: its query holds
// opaque tokens of Microsoft's.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
