package m365

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// maxWindow is the longest span of one listing. A longer one "may return
// partial results". Source: office-365-management-activity-api-reference,
// read 2026-11-22.
const maxWindow = 24 * time.Hour

type wireBlob struct {
	ContentType       text `json:"contentType"`
	ContentID         text `json:"contentId"`
	ContentURI        text `json:"contentUri"`
	ContentCreated    text `json:"contentCreated"`
	ContentExpiration text `json:"contentExpiration"`
}

// ListContent lists the blobs that became available in [start, end), at most
// 24 hours, and hands them on page by page; an empty page is handed on too. An
// error of page stops the listing and is returned as it is. Each slice belongs
// to page. The list of the last minutes is not stable: list them again later.
func (a *Activity) ListContent(ctx context.Context, feed nightjar.Feed, start, end time.Time, page func([]nightjar.Blob) error) error {
	op := operation{api: apiContent, what: "list content", feed: feed}
	if err := checkWindow(op, start, end); err != nil {
		return err
	}
	first := a.address("subscriptions/content", "contentType", string(feed), "startTime", formatTime(start), "endTime", formatTime(end))
	return pages(ctx, a, op, first, func(items []wireBlob) error {
		blobs := make([]nightjar.Blob, 0, len(items))
		for _, w := range items {
			blob, ok := a.blob(feed, w)
			if !ok {
				a.log.WarnContext(ctx, "a listed blob has neither id nor address", "feed", string(feed))
				continue
			}
			blobs = append(blobs, blob)
		}
		return page(blobs)
	})
}

func checkWindow(op operation, start, end time.Time) error {
	if !end.After(start) || end.Sub(start) > maxWindow {
		return failure(op, &APIError{Kind: KindWindow, Message: "from " + formatTime(start) + " to " + formatTime(end)})
	}
	return nil
}

// blob fills in what an entry of a listing leaves out: the id from the
// address, the address from the id, each time from the other.
func (a *Activity) blob(asked nightjar.Feed, w wireBlob) (nightjar.Blob, bool) {
	b := nightjar.Blob{Feed: feedOf(w.ContentType, asked), ID: string(w.ContentID), URI: string(w.ContentURI)}
	if b.ID == "" && b.URI != "" {
		if u, err := url.Parse(b.URI); err == nil {
			b.ID = u.Path[strings.LastIndexByte(u.Path, '/')+1:]
		}
	}
	if b.ID == "" {
		return b, false
	}
	if b.URI == "" {
		b.URI = a.base + "audit/" + url.PathEscape(b.ID)
	}
	created, createdErr := parseTime(w.ContentCreated)
	expires, expiresErr := parseTime(w.ContentExpiration)
	switch {
	case createdErr != nil && expiresErr != nil:
		created = a.cfg.Clock.Now()
		expires = created.Add(nightjar.ContentRetention)
	case createdErr != nil:
		created = expires.Add(-nightjar.ContentRetention)
	case expiresErr != nil:
		expires = created.Add(nightjar.ContentRetention)
	}
	b.Created, b.Expires = created, expires
	return b, true
}

// OpenBlob fetches a blob and returns its decoded bytes as a stream. Failures
// before the first byte are retried here. What breaks later comes out of Read,
// as KindTransient when the blob is worth fetching again: io.EOF means that
// the whole blob was read. A web page in a blob's place is streamed as well:
// whoever decodes it finds that it does not parse, and has its bytes for
// quarantine. The caller closes the stream.
func (a *Activity) OpenBlob(ctx context.Context, blob nightjar.Blob) (io.ReadCloser, error) {
	op := operation{api: apiBlob, what: "fetch a blob", feed: blob.Feed}
	to, err := a.follow(op, blob.URI)
	if err != nil {
		return nil, err
	}
	var stream io.ReadCloser
	err = a.call(ctx, op, http.MethodGet, to, nil, func(_ *http.Response, b *body) (bool, error) {
		stream = b
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return stream, nil
}
