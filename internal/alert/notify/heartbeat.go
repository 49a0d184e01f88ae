package notify

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// HeartbeatConfig is what a Heartbeat needs.
type HeartbeatConfig struct {
	// URL is what is asked; whoever has it can pretend that Nightjar lives.
	URL secret.Value
	// Every is the time between two beats; 0 means 5 minutes.
	Every time.Duration
	// Post sends POST in place of GET.
	Post bool
	// Healthy says why no beat may be sent: what has to be watched from the
	// outside does not work.
	Healthy     func(ctx context.Context) error
	Environment Environment
	Clock       clock.Clock
	Warnings    Warnings // nil: nobody is warned
	Registerer  prometheus.Registerer
}

// Heartbeat tells a monitor elsewhere, again and again, that detection and
// collection work. When it stops, the monitor raises the alarm: a process that
// is dead cannot.
type Heartbeat struct {
	cfg  HeartbeatConfig
	post *Poster
	last prometheus.Gauge
}

const defaultBeat = 5 * time.Minute

// NewHeartbeat checks the address.
func NewHeartbeat(cfg HeartbeatConfig) (*Heartbeat, error) {
	post, err := NewPoster(cfg.URL, cfg.Environment)
	if err != nil {
		return nil, fmt.Errorf("heartbeat: %w", err)
	}
	if cfg.Every == 0 {
		cfg.Every = defaultBeat
	}
	h := &Heartbeat{cfg: cfg, post: post, last: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "nightjar_notify_heartbeat_timestamp_seconds", Help: "When the outside monitor last took the heartbeat.",
	})}
	if cfg.Registerer != nil {
		if err := cfg.Registerer.Register(h.last); err != nil {
			return nil, fmt.Errorf("register metrics of the heartbeat: %w", err)
		}
	}
	return h, nil
}

// Run beats until ctx ends.
func (h *Heartbeat) Run(ctx context.Context) error {
	for {
		h.beat(ctx)
		if err := h.cfg.Clock.Sleep(ctx, h.cfg.Every); err != nil {
			return err
		}
	}
}

// beat sends one beat, if all is well. That it is not, other warnings say.
func (h *Heartbeat) beat(ctx context.Context) {
	if h.cfg.Healthy(ctx) != nil {
		return
	}
	err := h.post.ping(ctx, h.cfg.Post)
	switch {
	case err == nil:
		h.last.Set(float64(h.cfg.Clock.Now().Unix()))
		if h.cfg.Warnings != nil {
			h.cfg.Warnings.Clear(nightjar.WarnHeartbeatFailing, "", "")
		}
	case h.cfg.Warnings != nil && ctx.Err() == nil:
		h.cfg.Warnings.Set(nightjar.WarnHeartbeatFailing, "", "", map[string]string{"problem": strings.TrimSuffix(err.Error(), ".")})
	}
}

// ping asks the address without saying anything.
func (p *Poster) ping(ctx context.Context, post bool) error {
	method := http.MethodGet
	if post {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, p.to.Reveal(), http.NoBody)
	if err != nil {
		return &SendError{Reason: ReasonSettings, Message: "the address cannot be used"}
	}
	req.Header.Set("User-Agent", "Nightjar/"+p.e.Version)
	resp, sent, err := p.do(req)
	if err != nil {
		return p.broken(err, sent)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil
	}
	return p.refused(resp, "")
}
