package simtest

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Browser is a person's browser. It sees one page at a time, and stops where
// it is sent back to the application.
type Browser struct {
	At   *url.URL   // of the page
	Page string     // as HTML
	Back url.Values // what it was sent back to the application with; nil while it was not

	t    *testing.T
	http *http.Client
}

// New opens a browser with no cookies. An address that begins with callback is
// the application's, and is not fetched.
func New(t *testing.T, transport http.RoundTripper, callback string) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{t: t, http: &http.Client{Jar: jar, Transport: transport}}
	b.http.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.String(), callback) {
			b.Back = next.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}
	t.Cleanup(b.http.CloseIdleConnections)
	return b
}

// Open goes to an address.
func (b *Browser) Open(address string) *Browser {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

func (b *Browser) do(method, address string, form url.Values) *Browser {
	b.t.Helper()
	b.Back = nil
	req, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.At, b.Page = req.URL, string(body)
	return b
}

var (
	formShape   = regexp.MustCompile(`(?s)<form method="post">(.*?)</form>`)
	inputShape  = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)
	buttonShape = regexp.MustCompile(`(?s)<button[^>]*name="(\w+)" value="([^"]*)">(.*?)</button>`)
)

// Press presses the first button that shows a text.
func (b *Browser) Press(text string) *Browser {
	b.t.Helper()
	for _, form := range formShape.FindAllStringSubmatch(b.Page, -1) {
		values := url.Values{}
		for _, in := range inputShape.FindAllStringSubmatch(form[1], -1) {
			values.Set(in[1], html.UnescapeString(in[2]))
		}
		for _, button := range buttonShape.FindAllStringSubmatch(form[1], -1) {
			if strings.Contains(button[3], text) {
				values.Set(button[1], html.UnescapeString(button[2]))
				return b.do(http.MethodPost, b.At.String(), values)
			}
		}
	}
	b.t.Fatalf("no button %q on the page:\n%s", text, b.Page)
	return b
}

// Sees fails unless the page shows each text.
func (b *Browser) Sees(texts ...string) *Browser {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(b.Page), text) {
			b.t.Fatalf("the page does not show %q:\n%s", text, b.Page)
		}
	}
	return b
}

// Returned returns what the browser was sent back to the application with, and
// fails unless it was, with each wanted text in the value of that name.
func (b *Browser) Returned(want map[string]string) url.Values {
	b.t.Helper()
	if b.Back == nil {
		b.t.Fatalf("the browser was not sent back; it shows:\n%s", b.Page)
	}
	for k, v := range want {
		if !strings.Contains(b.Back.Get(k), v) {
			b.t.Errorf("%s is %q, want %q", k, b.Back.Get(k), v)
		}
	}
	return b.Back
}
