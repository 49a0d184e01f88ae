package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/email"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/webhook"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/detect"
	"github.com/nightjar-sec/nightjar/internal/journal"
	"github.com/nightjar-sec/nightjar/internal/normalise"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/secret"
	"github.com/nightjar-sec/nightjar/internal/sim"
)

// world is the parts between a commit and a message, as app wires them.
type world struct {
	times   *stopwatch
	journal *journal.Journal
	close   func() error
	events  int
	rules   int
}

// recorder tells when findings have been recorded.
type recorder struct {
	keeper *alert.Keeper
	times  *stopwatch
}

// Record implements detect.Recorder.
func (r recorder) Record(ctx context.Context, tx bun.Tx, findings []nightjar.Finding) error {
	for _, f := range findings {
		if marker := markerOf(f.Reason); marker != "" {
			catalog.AfterCommit(ctx, func() { r.times.arrived(recorded, marker) })
		}
	}
	return r.keeper.Record(ctx, tx, findings)
}

var markers = regexp.MustCompile(`attacker[0-9]+@`)

func markerOf(text string) string { return strings.TrimSuffix(markers.FindString(text), "@") }

func newWorld(ctx context.Context, o options, times *stopwatch) (*world, error) {
	db, err := catalog.Open(ctx, catalog.Config{Path: filepath.Join(o.dir, catalog.FileName)})
	if err != nil {
		return nil, err
	}
	j, err := journal.New(journal.Config{Dir: filepath.Join(o.dir, journal.FolderName), Catalog: db})
	if err != nil {
		return nil, err
	}
	hook := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if marker := markerOf(string(body)); err == nil && marker != "" {
			times.arrived(byWebhook, marker)
		}
	}))
	mail, err := newMailServer(ctx, func(message string) {
		if marker := markerOf(message); marker != "" {
			times.arrived(byMail, marker)
		}
	})
	if err != nil {
		return nil, err
	}
	notifier, err := newNotifier(ctx, o, db, hook, mail)
	if err != nil {
		return nil, err
	}
	keeper, err := alert.New(alert.Config{Catalog: db, Outbox: notifier})
	if err != nil {
		return nil, err
	}
	rules, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		return nil, err
	}
	stream, err := detect.NewStream(detect.StreamConfig{
		Journal: j, Catalog: db, Recorder: recorder{keeper, times}, Rules: func() *ruleset.Set { return rules },
	})
	if err != nil {
		return nil, err
	}
	w := &world{times: times, journal: j}
	for _, i := range rules.Infos() {
		if i.Alerts {
			w.rules++
		}
	}
	parts, cancel := context.WithCancel(ctx)
	ended := make(chan error, 3)
	for _, run := range []func(context.Context) error{j.Run, notifier.Run, stream.Run} {
		go func() { ended <- run(parts) }()
	}
	w.close = func() error {
		cancel()
		err := errors.Join(<-ended, <-ended, <-ended)
		hook.Close()
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return errors.Join(err, mail.Close(), db.Close())
	}
	return w, nil
}

// newNotifier tells both servers of each alert at once.
func newNotifier(ctx context.Context, o options, db *catalog.DB, hook *httptest.Server, mail net.Listener) (*notify.Notifier, error) {
	vault, err := secret.OpenVault(ctx, secret.VaultConfig{Catalog: db, KeyFile: filepath.Join(o.dir, "key"), Create: true})
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(hook.Certificate())
	n, err := notify.New(notify.Config{
		Catalog: db, Vault: vault, Kinds: []notify.Kind{webhook.Kind(), email.Kind()}, Roots: roots,
		AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	if err != nil {
		return nil, err
	}
	_, err = n.Add(ctx, notify.Channel{Name: "hook", Kind: "webhook", Enabled: true, PerMinute: 600}, map[string]secret.Value{
		"url": secret.New(hook.URL), "key": secret.New("a key of sixteen or more"),
	})
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	_, err = n.Add(ctx, notify.Channel{Name: "mail", Kind: "email", Enabled: true, PerMinute: 600, Settings: map[string]string{
		"server": mail.Addr().String(), "security": "none", "from": "nightjar@example.com", "to": "analyst@example.com",
	}}, nil)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return n, nil
}

// tenants is how many the ordinary events are of.
const tenants = 10

// feed commits ordinary events at the rate, some tenants after the other, and
// attacks among them.
func (w *world) feed(ctx context.Context, o options) error {
	total := o.rate * o.seconds
	events := make([]nightjar.Event, 0, total)
	errEnough := errors.New("enough")
	now := time.Now().UTC()
	err := sim.Quiet(sim.QuietConfig{People: 1000, Days: 7, From: now.Truncate(24*time.Hour).AddDate(0, 0, -6)}, func(feed string, raw []byte) error {
		e, err := normalise.Record(raw, normalise.Origin{Feed: nightjar.Feed(feed), Ingested: now})
		if err != nil {
			return err
		}
		e.Tenant = nightjar.TenantID(fmt.Sprintf("00000000-0000-4000-8000-%012d", len(events)%tenants))
		if events = append(events, e); len(events) == total {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	const ticks = 20 // commits of ordinary events a second
	began := clock.Real().Now()
	marker := 0
	for tick := 0; tick < o.seconds*ticks && len(events) > 0; tick++ {
		if err := clock.Real().Sleep(ctx, began.Add(time.Duration(tick)*time.Second/ticks).Sub(clock.Real().Now())); err != nil {
			return err
		}
		byTenant := map[nightjar.TenantID][]nightjar.Event{}
		n := min(len(events), o.rate/ticks)
		for _, e := range events[:n] {
			byTenant[e.Tenant] = append(byTenant[e.Tenant], e)
		}
		events = events[n:]
		// A commit is of one tenant: each tick it is the turn of two.
		for tenant, batch := range byTenant {
			if err := w.commit(ctx, tenant, batch); err != nil {
				return err
			}
		}
		for want := (tick + 1) * o.markers / ticks; marker < want; marker++ {
			if err := w.attack(ctx, marker); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) commit(ctx context.Context, tenant nightjar.TenantID, events []nightjar.Event) error {
	w.events += len(events)
	_, err := w.journal.Append(ctx, journal.Batch{Tenant: tenant, Sources: []journal.Source{{Events: events}}})
	return err
}

// attack commits one event that a rule alerts on.
func (w *world) attack(ctx context.Context, n int) error {
	marker := fmt.Sprintf("attacker%06d", n)
	now := time.Now().UTC()
	raw := fmt.Sprintf(`{"Id":"attack-%d","CreationTime":%q,"Operation":"Set-AdminAuditLogConfig","RecordType":1,"Workload":"Exchange","UserId":"%s@contoso.com","ResultStatus":"True","ClientIP":"198.51.100.7","Parameters":[{"Name":"UnifiedAuditLogIngestionEnabled","Value":"False"}]}`,
		n, now.Format("2006-01-02T15:04:05"), marker)
	e, err := normalise.Record([]byte(raw), normalise.Origin{Ingested: now})
	if err != nil {
		return err
	}
	e.Tenant = nightjar.TenantID(fmt.Sprintf("11111111-0000-4000-8000-%012d", n))
	if err := w.commit(ctx, e.Tenant, []nightjar.Event{e}); err != nil {
		return err
	}
	w.times.commit(marker, time.Now())
	return nil
}
