package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/geo"
)

func newGeo(p Process) *cobra.Command {
	return noun("geo", "Look at where addresses are, and at the data that say so", newGeoStatus(p), newGeoUpdate(p), newGeoLookup(p))
}

// withGeo opens the address data, which need nothing else of the data directory.
func withGeo(p Process, cmd *cobra.Command, do func(ctx context.Context, a *geo.Atlas, c *config.Config, o app.Options) error) error {
	c, err := load(p, cmd)
	if err != nil {
		return err
	}
	quiet(c)
	o, err := options(p, c)
	if err != nil {
		return err
	}
	a, err := app.Geo(o, nil)
	if err != nil {
		return err
	}
	return do(cmd.Context(), a, c, o)
}

func newGeoStatus(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Say which address data there are, how old, and whose", Args: noArguments,
		Long: `Lists the data files and lists of networks in the order in which they are asked, with their
age and the attribution that each publisher asks for.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withGeo(p, cmd, func(_ context.Context, a *geo.Atlas, _ *config.Config, _ app.Options) error {
				s := a.Status()
				if asJSON {
					return writeJSON(p, s)
				}
				return printGeoStatus(p, s)
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printGeoStatus(p Process, s geo.Status) error {
	var errs []error
	if len(s.Files) == 0 {
		fmt.Fprintln(p.Stdout, "There are no address data: places come from Microsoft's own records alone.")
	} else {
		t := newColumns(p.Stdout, "DATA", "SAYS", "AGE", "FILE")
		for _, f := range s.Files {
			file := f.Path
			if file == "" {
				file = "in the binary"
			}
			age := counted(f.AgeDays, "day")
			if f.Old {
				age += ", old"
			}
			t.row(safe(f.Data), geoSays(f), age, file)
		}
		errs = append(errs, t.flush())
	}
	for _, t := range s.Troubles {
		fmt.Fprintf(p.Stdout, "not used: %s: %s\n", t.File, safe(t.Reason))
	}
	said := map[string]bool{}
	for _, f := range s.Files {
		if f.Attribution != "" && !said[f.Attribution] {
			said[f.Attribution] = true
			fmt.Fprintf(p.Stdout, "%s (%s)\n", f.Attribution, f.URL)
		}
	}
	if !s.Cities {
		fmt.Fprintln(p.Stdout, "No data have cities: nightjar geo update fetches some.")
	}
	return errors.Join(errs...)
}

// geoSays names what a file knows.
func geoSays(f geo.File) string {
	places := "places"
	switch {
	case f.List != "":
		return "which are " + string(f.List)
	case f.Cities:
		places = "cities"
	case f.Places:
		places = "countries"
	}
	switch {
	case f.Places && f.Networks:
		return places + ", networks"
	case f.Networks:
		return "networks"
	default:
		return places
	}
}
