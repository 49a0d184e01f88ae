package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

const callback = "http://127.0.0.1:8470/consent/callback"

// office is a bundle with a simulated Microsoft 365 of two tenants, contoso
// and fabrikam, and the operator's application.
type office struct {
	*bundle
	sim      *sim.Server
	progress Progress
	stop     context.CancelFunc // of Run
	ran      chan error
}

// run begins to move attempts, as another process would.
func (o *office) run() {
	ctx, stop := context.WithCancel(context.Background())
	o.c, o.stop = o.connector(), stop
	go func(c *Connector) { o.ran <- c.Run(ctx) }(o.c)
}

func (o *office) halt() {
	o.stop()
	if err := <-o.ran; err != nil {
		o.t.Error(err)
	}
}

// consenting runs a test in a bubble, where minutes pass at once.
func consenting(t *testing.T, scenario sim.Scenario, change func(*sim.TenantConfig), test func(*testing.T, *office)) {
	t.Helper()
	consentingTo(t, sim.OperatorApp{}, scenario, change, test)
}

// consentingTo is consenting with an application of the test's own.
func consentingTo(t *testing.T, operator sim.OperatorApp, scenario sim.Scenario, change func(*sim.TenantConfig), test func(*testing.T, *office)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := sim.TenantConfig{ID: string(contoso), Name: "contoso", People: 1, EventsPerDay: 1, Subscribed: true}
		if change != nil {
			change(&first)
		}
		ca := filepath.Join(t.TempDir(), "ca.pem")
		s, err := sim.New(sim.Config{InMemory: true, CAFile: ca, Scenario: scenario, Operator: operator, Tenants: []sim.TenantConfig{
			first, {ID: string(fabrikam), Name: "fabrikam", People: 1, EventsPerDay: 1, Subscribed: true},
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan error, 1)
		go func() { served <- s.Run(ctx) }()
		u := s.URLs()
		o := &office{bundle: setup(t, nightjar.Cloud{Name: "sim", Login: u.Login, Management: u.Management, Graph: u.Graph, CAFile: ca}), sim: s, ran: make(chan error, 1)}
		o.cfg.HTTP = m365.HTTPOptions{Proxy: "direct", DialContext: s.DialContext}
		o.cfg.Consent = ConsentApp{ClientID: s.Operator().ClientID}
		if known := s.Operator().Secrets; len(known) > 0 {
			o.cfg.Consent.SecretFile = o.file("operator", known[0].Value)
			t.Cleanup(func() {
				if strings.Contains(o.log.String(), known[0].Value) {
					t.Error("the log holds the operator's secret")
				}
			})
		}
		o.cfg.Progress = func(context.Context, nightjar.TenantID) (Progress, error) { return o.progress, nil }
		o.run()
		t.Cleanup(func() {
			o.halt()
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
			synctest.Wait()
		})
		test(t, o)
	})
}

func (o *office) begin(in ConsentRequest) (Attempt, *browser) {
	o.t.Helper()
	in.Cloud, in.Redirect, in.By = "sim", callback, "kim"
	a, err := o.c.BeginConsent(o.t.Context(), in)
	if err != nil {
		o.t.Fatal(err)
	}
	return a, newBrowser(o.t, o.sim).open(a.URL)
}

// finish hands over what the browser came back with.
func (o *office) finish(a Attempt, b *browser) Attempt {
	o.t.Helper()
	if b.back == nil {
		o.t.Fatalf("the browser was not sent back; it shows:\n%s", b.page)
	}
	got, err := o.c.FinishConsent(o.t.Context(), b.back, a.Browser)
	if err != nil {
		o.t.Fatalf("%v (%s)", err, nightjar.HintOf(err))
	}
	return got
}

// consent goes through both of Microsoft's pages as an administrator.
func (o *office) consent(in ConsentRequest, who string) Attempt {
	o.t.Helper()
	a, b := o.begin(in)
	b.press(who)
	if b.back == nil {
		b.press("Accept")
	}
	signedIn := o.finish(a, b)
	if signedIn.URL == "" {
		o.t.Fatalf("no consent page follows: %+v", signedIn)
	}
	return o.finish(a, b.open(signedIn.URL).press("Accept"))
}

// await waits until an attempt is as wanted.
func (o *office) await(id, what string, reached func(Attempt) bool) Attempt {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 48*time.Hour)
	defer cancel()
	w, err := o.c.Watch(ctx, id)
	if err != nil {
		o.t.Fatal(err)
	}
	var a Attempt
	for a = range w {
		if reached(a) {
			return a
		}
	}
	o.t.Fatalf("never %s: %+v", what, a)
	return a
}

func (o *office) over(id string) Attempt {
	o.t.Helper()
	return o.await(id, "over", func(a Attempt) bool { return a.Status.Final() })
}

// browser is a person's browser: it keeps cookies, sees one page, and presses
// what it is told by the words on it.
type browser struct {
	t    *testing.T
	http *http.Client
	at   *url.URL
	page string
	back url.Values // what it was sent back to us with
}

func newBrowser(t *testing.T, s *sim.Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CA())
	b := &browser{t: t, http: &http.Client{Jar: jar, Transport: &http.Transport{DialContext: s.DialContext, TLSClientConfig: &tls.Config{RootCAs: pool}}}}
	b.http.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.String(), callback) {
			b.back = next.URL.Query()
			return http.ErrUseLastResponse
		}
		return nil
	}
	t.Cleanup(b.http.CloseIdleConnections)
	return b
}

func (b *browser) open(address string) *browser {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

func (b *browser) do(method, address string, form url.Values) *browser {
	b.t.Helper()
	b.back = nil
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
	b.at, b.page = req.URL, string(body)
	return b
}

var (
	formShape   = regexp.MustCompile(`(?s)<form method="post">(.*?)</form>`)
	inputShape  = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)
	buttonShape = regexp.MustCompile(`(?s)<button[^>]*name="(\w+)" value="([^"]*)">(.*?)</button>`)
)

// press presses the first button that shows a text.
func (b *browser) press(text string) *browser {
	b.t.Helper()
	for _, form := range formShape.FindAllStringSubmatch(b.page, -1) {
		values := url.Values{}
		for _, in := range inputShape.FindAllStringSubmatch(form[1], -1) {
			values.Set(in[1], html.UnescapeString(in[2]))
		}
		for _, button := range buttonShape.FindAllStringSubmatch(form[1], -1) {
			if strings.Contains(button[3], text) {
				values.Set(button[1], html.UnescapeString(button[2]))
				return b.do(http.MethodPost, b.at.String(), values)
			}
		}
	}
	b.t.Fatalf("no button %q on the page:\n%s", text, b.page)
	return b
}
