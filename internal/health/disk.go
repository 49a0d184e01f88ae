package health

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	diskInterval    = 15 * time.Second
	defaultDiskLow  = 2 << 30
	defaultDiskFull = 256 << 20
)

// DiskConfig is what a Disk needs.
type DiskConfig struct {
	Dir        string // on the volume to watch
	Registry   *Registry
	Registerer prometheus.Registerer // nil: no metric
	LowBytes   uint64                // free space that begins disk_low; 0 means 2 GiB
	FullBytes  uint64                // free space that begins disk_full; 0 means 256 MiB
}

// Disk watches the free space of the data directory's volume.
type Disk struct {
	dir       string
	registry  *Registry
	low, full uint64
	free      atomic.Uint64
}

// NewDisk returns a watch that has not looked yet.
func NewDisk(cfg DiskConfig) (*Disk, error) {
	if cfg.Dir == "" || cfg.Registry == nil {
		return nil, errors.New("a disk watch needs a folder and a registry")
	}
	d := &Disk{
		dir: cfg.Dir, registry: cfg.Registry,
		low: cmp.Or(cfg.LowBytes, defaultDiskLow), full: cmp.Or(cfg.FullBytes, defaultDiskFull),
	}
	if cfg.Registerer == nil {
		return d, nil
	}
	return d, cfg.Registerer.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "nightjar_disk_free_bytes", Help: "Space left for this user on the volume of data_dir.",
	}, func() float64 { return float64(d.free.Load()) }))
}

// Run looks at the volume every 15 seconds until ctx ends.
func (d *Disk) Run(ctx context.Context) error {
	wall := clock.Real() // a disk fills by the wall's time, also in a rehearsal
	for {
		_ = d.look() // a failure shows in the readiness check
		if err := wall.Sleep(ctx, diskInterval); err != nil {
			return nil //nolint:nilerr // the end of ctx is the normal end
		}
	}
}

// Check is the readiness check: it fails while the disk is full.
func (d *Disk) Check() Check {
	return Check{Name: "disk", Run: func(context.Context) error {
		if err := d.look(); err != nil {
			return err
		}
		if free := d.free.Load(); free < d.full {
			return &nightjar.Error{Code: nightjar.CodeDiskFull, Message: fmt.Sprintf("%s are left in %s", size(free), d.dir)}
		}
		return nil
	}}
}

func (d *Disk) look() error {
	free, err := freeBytes(d.dir)
	if err != nil {
		return fmt.Errorf("read the free space of %s: %w", d.dir, err)
	}
	d.free.Store(free)
	args := map[string]string{"free": size(free), "path": d.dir}
	d.hold(nightjar.WarnDiskFull, free < d.full, args)
	d.hold(nightjar.WarnDiskLow, free < d.low, args)
	return nil
}

func (d *Disk) hold(code nightjar.WarningCode, holds bool, args map[string]string) {
	if holds {
		d.registry.Set(code, "", "", args)
	} else {
		d.registry.Clear(code, "", "")
	}
}

func size(b uint64) string {
	if b >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(b)/(1<<30))
	}
	return fmt.Sprintf("%.0f MiB", float64(b)/(1<<20))
}
