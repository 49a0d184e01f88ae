package m365

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxPageBytes bounds one page of a listing; real ones are some hundred
// kilobytes at most.
const maxPageBytes = 64 << 20

// decode reads one JSON value that fills the whole answer. An empty answer
// leaves into as it is. What cannot be read is transient: a page was cut
// short, or something in between answered.
func decode(op operation, b io.Reader, into any) error {
	limited := &io.LimitedReader{R: b, N: maxPageBytes}
	d := json.NewDecoder(limited)
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		// Reading to the end shows whether the answer was complete.
		var rest json.RawMessage
		if err = d.Decode(&rest); errors.Is(err, io.EOF) && limited.N > 0 {
			return nil
		}
	}
	if _, ok := errors.AsType[*APIError](err); ok {
		return err
	}
	return failure(op, &APIError{Kind: KindTransient, Message: "the answer is not the JSON that was expected"})
}

// decodeList decodes an answer that must be a list. No list at all is not an
// empty one: taken for it, the cursor would pass what was never listed.
func decodeList[T any](op operation, b io.Reader, into *[]T) error {
	if err := decode(op, b, into); err != nil {
		return err
	}
	if *into == nil {
		return failure(op, &APIError{Kind: KindTransient, Message: "the answer is empty, not a list"})
	}
	return nil
}

// pages follows a listing page by page. Each page is decoded into a fresh
// slice: two collectors reused one and overwrote what they had handed out.
func pages[T any](ctx context.Context, a *Activity, op operation, first *url.URL, page func([]T) error) error {
	seen := map[string]bool{}
	for to := first; to != nil; {
		if key := to.String(); seen[key] {
			return failure(op, &APIError{Kind: KindBadPage, Message: "a page refers back to one that was read"})
		} else {
			seen[key] = true
		}
		var items []T
		var next string
		err := a.call(ctx, op, http.MethodGet, to, nil, func(answer *http.Response, b *body) (bool, error) {
			items, next = nil, answer.Header.Get("NextPageUri")
			return false, decodeList(op, b, &items)
		})
		if err != nil {
			return err
		}
		if err := page(items); err != nil {
			return err
		}
		to = nil
		if next = strings.TrimSpace(next); next != "" {
			if to, err = a.follow(op, next); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow is origin.follow with an error for people.
func (a *Activity) follow(op operation, address string) (*url.URL, error) {
	u, err := a.origin.follow(address, a.cfg.PublisherID)
	if refused, ok := errors.AsType[*APIError](err); ok {
		return nil, failure(op, refused)
	}
	return u, err
}
