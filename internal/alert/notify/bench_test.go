package notify_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/webhook"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// BenchmarkCommitToAccepted is the time from the commit of an alert's change to
// the moment at which a webhook on this machine has it.
func BenchmarkCommitToAccepted(b *testing.B) {
	arrived := make(chan time.Time, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- time.Now()
		w.WriteHeader(http.StatusOK)
	}))
	defer server.Close()
	db, err := catalogtest.Open(b.Context(), catalog.Config{Path: b.TempDir() + "/" + catalog.FileName})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	vault, err := secret.OpenVault(b.Context(), secret.VaultConfig{Catalog: db, KeyFile: b.TempDir() + "/key", Create: true})
	if err != nil {
		b.Fatal(err)
	}
	n, err := notify.New(notify.Config{Catalog: db, Vault: vault, Kinds: []notify.Kind{webhook.Kind()}, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		b.Fatal(err)
	}
	c, err := n.Add(b.Context(), notify.Channel{Name: "hook", Kind: "webhook", Enabled: true, PerMinute: 6000}, map[string]secret.Value{"url": secret.New(server.URL)})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := n.SaveRoutes(b.Context(), notify.Routes{Routes: []notify.Route{oneByOne(c)}}); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = n.Run(ctx) // says only that it was stopped
	}()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		err := db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			return n.Changed(ctx, tx, alert.Change{Kind: alert.ChangeOpened, Alert: someAlert(i)})
		})
		if err != nil {
			b.Fatal(err)
		}
		committed := time.Now()
		took = append(took, (<-arrived).Sub(committed))
	}
	stop()
	<-ended
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
