package app

import (
	"path/filepath"

	"github.com/nightjar-sec/nightjar/internal/geo"
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
