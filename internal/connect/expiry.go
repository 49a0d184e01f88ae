package connect

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// DefaultExpiryWarning is how long before its end a credential is warned about.
const DefaultExpiryWarning = 90 * 24 * time.Hour

const expiryInterval = 10 * time.Minute

// Warnings is where conditions are reported. The registry of health is one;
// the interface keeps this package from depending on it.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// ExpiryConfig is what an Expiry needs.
type ExpiryConfig struct {
	Connector  *Connector
	Warnings   Warnings
	Registerer prometheus.Registerer // nil: no metric
	Before     time.Duration         // how long before the end to warn; 0 means the connector's
}

// Expiry watches when credentials end.
type Expiry struct {
	connector *Connector
	warnings  Warnings
	before    time.Duration
	gauge     *prometheus.GaugeVec
}

// NewExpiry returns a watch that has not looked yet.
func NewExpiry(cfg ExpiryConfig) (*Expiry, error) {
	if cfg.Connector == nil || cfg.Warnings == nil {
		return nil, errors.New("an expiry watch needs a connector and warnings")
	}
	e := &Expiry{connector: cfg.Connector, warnings: cfg.Warnings, before: cfg.Before}
	if e.before == 0 {
		e.before = cfg.Connector.cfg.ExpiryWarning
	}
	e.gauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "nightjar_credential_expiry_timestamp_seconds", Help: "When a tenant's credential ends; absent when that is not known.",
	}, []string{"tenant"})
	if cfg.Registerer != nil {
		if err := cfg.Registerer.Register(e.gauge); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Run looks every ten minutes until ctx ends.
func (e *Expiry) Run(ctx context.Context) error {
	wall := clock.Real()
	for {
		if err := e.Look(ctx); err != nil && ctx.Err() == nil {
			e.connector.log.ErrorContext(ctx, "credential expiry cannot be read", "error", err)
		}
		if err := wall.Sleep(ctx, expiryInterval); err != nil {
			return nil //nolint:nilerr // the end of ctx is the normal end
		}
	}
}

// Look sets and clears the warnings, and the metric, once.
func (e *Expiry) Look(ctx context.Context) error {
	known, err := e.connector.Known(ctx)
	if err != nil {
		return err
	}
	now := e.connector.clock.Now()
	e.gauge.Reset()
	for _, k := range known {
		ends := e.connector.ends(k)
		current := k.Removed.IsZero() && !ends.IsZero()
		if current {
			e.gauge.WithLabelValues(string(k.ID)).Set(float64(ends.Unix()))
		}
		args := map[string]string{"kind": string(k.Credential.Kind), "expires": ends.UTC().Format(time.RFC3339)}
		e.hold(nightjar.WarnCredentialExpired, k.ID, current && !ends.After(now), args)
		e.hold(nightjar.WarnCredentialExpiring, k.ID, current && ends.After(now) && ends.Before(now.Add(e.before)), args)
	}
	return nil
}

func (e *Expiry) hold(code nightjar.WarningCode, tenant nightjar.TenantID, holds bool, args map[string]string) {
	if holds {
		e.warnings.Set(code, tenant, "", args)
	} else {
		e.warnings.Clear(code, tenant, "")
	}
}
