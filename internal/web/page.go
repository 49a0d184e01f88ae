package web

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// nonceMark stands in the built page wherever the nonce belongs; web/vite.config.ts
// writes it there.
const nonceMark = "__NIGHTJAR_NONCE__"

// page is index.html, cut where the nonce goes.
type page struct{ parts []string }

func newPage(index []byte) (page, error) {
	parts := strings.Split(string(index), nonceMark)
	if len(parts) == 1 {
		return page{}, &nightjar.Error{
			Code:    nightjar.CodeInternal,
			Message: "the console's index.html has no place for a nonce",
			Hint:    "build it anew with make web",
		}
	}
	return page{parts: parts}, nil
}

// serve writes the page with a nonce of its own. It is never stored: a nonce
// that is used twice proves nothing.
func (p page) serve(w http.ResponseWriter, r *http.Request, nonce string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return
	}
	// The browser hung up when this fails; there is nobody to tell.
	_, _ = io.WriteString(w, strings.Join(p.parts, nonce))
}

func newNonce(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("make a nonce: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
