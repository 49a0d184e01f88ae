package cli

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/geo"
)

// geoAnswer is one address as geo lookup --json prints it. What is not known is absent.
type geoAnswer struct {
	Address      string         `json:"address"`
	Country      string         `json:"country,omitempty"`
	City         string         `json:"city,omitempty"`
	Lat          *float64       `json:"lat,omitempty"`
	Lon          *float64       `json:"lon,omitempty"`
	PlaceSource  string         `json:"place_source,omitempty"`
	PlaceAgeDays *int           `json:"place_age_days,omitempty"`
	ASN          uint32         `json:"asn,omitempty"`
	Organization string         `json:"organization,omitempty"`
	ASSource     string         `json:"asn_source,omitempty"`
	Network      geo.Kind       `json:"network"`
	Reason       string         `json:"reason"`
	Confidence   geo.Confidence `json:"confidence"`
}

func newGeoLookup(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "lookup ADDRESS", Short: "Say where an address is, in what network, and who says so", Args: exactArguments(1, "an address, e.g. 203.0.113.7"),
		Long: `Looks an address up in the data files of this machine. Nobody is asked over the network.
What is not known is left out: there is no default place.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := netip.ParseAddr(strings.Trim(args[0], "[] "))
			if err != nil {
				return usageError("e.g. nightjar geo lookup 203.0.113.7", "%q is not an address", args[0])
			}
			return withGeo(p, cmd, func(_ context.Context, a *geo.Atlas, _ *config.Config, o app.Options) error {
				answer := newGeoAnswer(a.Lookup(address), o)
				if asJSON {
					return writeJSON(p, answer)
				}
				return printGeoAnswer(p, answer)
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newGeoAnswer(f geo.Finding, o app.Options) geoAnswer {
	g := geoAnswer{
		Address: f.Address.String(), Country: f.Place.Country, City: f.Place.City, PlaceSource: f.Place.Source,
		ASN: f.Place.ASN, Organization: f.Organization, ASSource: f.ASSource.String(),
		Network: f.Kind, Reason: f.Reason, Confidence: f.Confidence,
	}
	if f.Place.Located() {
		g.Lat, g.Lon = &f.Place.Lat, &f.Place.Lon
	}
	if !f.PlaceSource.Built.IsZero() {
		days := int(f.PlaceSource.Age(o.Clock.Now()).Hours() / 24)
		g.PlaceAgeDays = &days
	}
	return g
}

func printGeoAnswer(p Process, g geoAnswer) error {
	place := strings.TrimPrefix(g.City+", "+g.Country, ", ")
	switch {
	case g.PlaceSource == "":
		place = "not known"
	case g.Lat != nil:
		place += fmt.Sprintf(" (%.4f, %.4f)", *g.Lat, *g.Lon)
	}
	if g.PlaceSource != "" {
		place += ", says " + g.PlaceSource
		if g.PlaceAgeDays != nil {
			place += ", " + counted(*g.PlaceAgeDays, "day") + " old"
		}
	}
	system := "not known"
	if g.ASN != 0 {
		system = strings.TrimSpace("AS" + strconv.FormatUint(uint64(g.ASN), 10) + " " + g.Organization)
		system += ", says " + g.ASSource
	}
	_, err := fmt.Fprintf(p.Stdout, "address  %s\nplace    %s\nsystem   %s\nnetwork  %s, %s: %s\n",
		g.Address, safe(place), safe(system), g.Network, g.Confidence, safe(g.Reason))
	return err
}
