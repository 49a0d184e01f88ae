package connect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/sim"
	"github.com/nightjar-sec/nightjar/internal/sim/simtest"
)

const callback = "http://127.0.0.1:8470/consent/callback"

var (
	somewhere = netip.MustParseAddr("198.51.100.7")
	kim       = Who{Actor: nightjar.Actor{ID: "1", Name: "kim", Kind: nightjar.ActorPerson}, Address: somewhere}
)

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

func (o *office) begin(in ConsentRequest) (Attempt, *simtest.Browser) {
	o.t.Helper()
	in.Cloud, in.Redirect, in.By = "sim", callback, kim
	a, err := o.c.BeginConsent(o.t.Context(), in)
	if err != nil {
		o.t.Fatal(err)
	}
	return a, o.browser().Open(a.URL)
}

// finish hands over what the browser came back with.
func (o *office) finish(a Attempt, b *simtest.Browser) Attempt {
	o.t.Helper()
	got, err := o.c.FinishConsent(o.t.Context(), b.Returned(nil), a.Browser, somewhere)
	if err != nil {
		o.t.Fatalf("%v (%s)", err, nightjar.HintOf(err))
	}
	return got
}

// consent goes through both of Microsoft's pages as an administrator.
func (o *office) consent(in ConsentRequest, who string) Attempt {
	o.t.Helper()
	a, b := o.begin(in)
	b.Press(who)
	if b.Back == nil {
		b.Press("Accept")
	}
	signedIn := o.finish(a, b)
	if signedIn.URL == "" {
		o.t.Fatalf("no consent page follows: %+v", signedIn)
	}
	return o.finish(a, b.Open(signedIn.URL).Press("Accept"))
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

func (o *office) browser() *simtest.Browser {
	o.t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(o.sim.CA())
	return simtest.New(o.t, &http.Transport{DialContext: o.sim.DialContext, TLSClientConfig: &tls.Config{RootCAs: pool}}, callback)
}
