package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/geo"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// GeoFolder is where address data are, in a data directory.
func (o Options) GeoFolder() string { return filepath.Join(o.Config.DataDir, "geo") }

// Geo opens the address data. It needs no catalog, no key and no lock, so that
// `nightjar geo` works anywhere.
func Geo(o Options, warnings geo.Warnings) (*geo.Atlas, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	g := o.Config.Geo
	return geo.New(geo.Config{
		CityFile: g.CityDB, ASNFile: g.ASNDB, Folder: o.GeoFolder(),
		Clock: o.Clock, Logger: o.Logger.With("part", "geo"), Warnings: warnings,
	})
}

// Atlas says where addresses are; nil without AccessCollect.
func (a *App) Atlas() *geo.Atlas { return a.atlas }

// GeoUpdater fetches address data as the configuration says.
func GeoUpdater(o Options, progress func(data string, done, total int64)) (*geo.Updater, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c := o.Config
	client, err := m365.NewHTTPClient(nightjar.Cloud{}, m365.HTTPOptions{Proxy: c.Proxy})
	if err != nil {
		return nil, err
	}
	cfg := geo.UpdaterConfig{
		Folder: o.GeoFolder(), URL: c.Geo.UpdateURL, Account: c.Geo.MaxMindAccount, HTTP: client, Clock: clock.Real(), Progress: progress,
	}
	if c.Geo.MaxMindKeyFile != "" {
		key, err := os.ReadFile(c.Geo.MaxMindKeyFile)
		if err != nil {
			return nil, fmt.Errorf("read geo.maxmind_key_file: %w", err)
		}
		cfg.Key = secret.New(strings.TrimSpace(string(key)))
	}
	return geo.NewUpdater(cfg)
}
