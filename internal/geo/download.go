package geo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// download fetches an edition's file as it is published.
func (u *Updater) download(ctx context.Context, e edition, month time.Time) (*tempFile, error) {
	address := e.address(month)
	answer, err := u.get(ctx, address)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.ContentLength > u.cfg.MaxBytes {
		return nil, tooLarge(u.cfg.MaxBytes)
	}
	temp, err := u.temp()
	if err != nil {
		return nil, err
	}
	digest := sha256.New()
	body := io.TeeReader(answer.Body, &teller{u.cfg.Progress, e.data, 0, max(answer.ContentLength, 0)})
	n, err := temp.copy(io.TeeReader(body, digest), u.cfg.MaxBytes)
	if err == nil && answer.ContentLength >= 0 && n != answer.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = &nightjar.Error{Code: nightjar.CodeUnavailable, Message: "the download ended early", Hint: "try again; the data that were there still answer", Err: err}
	}
	if err == nil {
		err = u.checkSum(ctx, e, address, hex.EncodeToString(digest.Sum(nil)))
	}
	if err != nil {
		temp.discard()
		if stop := calledOff(ctx); stop != nil {
			return nil, stop
		}
		return nil, err
	}
	return temp, nil
}

// calledOff is why a person stopped the work; nil when nobody did, also when
// the time for it ran out.
func calledOff(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// teller reports progress.
type teller struct {
	tell        func(data string, done, total int64)
	data        string
	done, total int64
}

func (t *teller) Write(p []byte) (int, error) {
	t.done += int64(len(p))
	t.tell(t.data, t.done, t.total)
	return len(p), nil
}

// checkSum compares what came with the checksum that the publisher states.
func (u *Updater) checkSum(ctx context.Context, e edition, address, got string) error {
	if e.summed == sumNone {
		return nil
	}
	answer, err := u.get(ctx, sumAddress(address))
	if err != nil {
		if e.summed == sumIfThere && nightjar.CodeOf(err) == nightjar.CodeNotFound {
			return nil
		}
		return fmt.Errorf("fetch the checksum: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1024))
	if err != nil {
		return fmt.Errorf("read the checksum: %w", err)
	}
	want, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	if !strings.EqualFold(want, got) {
		return &nightjar.Error{
			Code: nightjar.CodeCorrupt, Message: "what came is not what the publisher's checksum says",
			Hint: "try again; if it repeats, something between this machine and the publisher changes downloads",
		}
	}
	return nil
}

// sumAddress is where the checksum of a file is.
func sumAddress(address string) string {
	before, query, found := strings.Cut(address, "?")
	if found && strings.Contains(query, "suffix=tar.gz") {
		return address + ".sha256"
	}
	if found {
		return before + ".sha256?" + query
	}
	return address + ".sha256"
}

func (u *Updater) get(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || !safe(req.URL) {
		return nil, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: "address data are fetched by https only, and " + host(address) + " is not that",
			Hint: "geo.update_url must begin with https://", Err: err,
		}
	}
	if u.cfg.Account != "" {
		req.SetBasicAuth(u.cfg.Account, u.cfg.Key.Reveal())
	}
	answer, err := u.cfg.HTTP.Do(req)
	if err != nil {
		if stop := calledOff(ctx); stop != nil {
			return nil, stop
		}
		// The error of net/http has the whole address in it, which after a
		// redirect may hold a signature.
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err
		}
		return nil, &nightjar.Error{
			Code: nightjar.CodeUnavailable, Message: host(address) + " does not answer",
			Hint: "check the network and proxy; nightjar geo update --file takes a file that was carried here", Err: err,
		}
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	_ = answer.Body.Close() // nothing of it is read
	return nil, refusal(host(address), answer.StatusCode)
}

func refusal(host string, status int) error {
	e := &nightjar.Error{Code: nightjar.CodeUnavailable, Message: fmt.Sprintf("%s answers %d", host, status), Hint: "try again later"}
	switch status {
	case http.StatusNotFound, http.StatusGone:
		e.Code, e.Hint = nightjar.CodeNotFound, "check geo.update_url; left out, the publisher's is taken"
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Code, e.Hint = nightjar.CodeUnauthorized, "check geo.maxmind_account and the key in geo.maxmind_key_file"
	case http.StatusTooManyRequests:
		e.Code, e.Hint = nightjar.CodeThrottled, "the publisher limits downloads a day; try again tomorrow"
	}
	return e
}

func host(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return "the address"
}

// safe reports whether an address may be fetched: https, or this machine itself.
func safe(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && ip != nil && ip.IsLoopback()
}

// checkRedirect follows publishers to where their files are stored, never out
// of https. net/http itself leaves the password behind on another host.
func checkRedirect(next *http.Request, via []*http.Request) error {
	switch {
	case len(via) > 5:
		return errors.New("too many redirects")
	case next.URL.Scheme != "https" && (via[0].URL.Scheme == "https" || !safe(next.URL)):
		return errors.New("redirected to an address that is not https")
	}
	return nil
}

func tooLarge(limit int64) error {
	return &nightjar.Error{
		Code: nightjar.CodeLimit, Message: fmt.Sprintf("the file is larger than %d MB, which no address data are", limit>>20),
		Hint: "check where it comes from",
	}
}
