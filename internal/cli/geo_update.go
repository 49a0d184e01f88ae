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

func newGeoUpdate(p Process) *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "update", Short: "Fetch this month's address data", Args: noArguments,
		Long: `Fetches data of cities and networks from DB-IP (Lite, CC BY 4.0), or from MaxMind with your own
key (geo.maxmind_account, geo.maxmind_key_file), checks them whole, and puts them into data_dir/geo.
A daemon that runs takes them up by itself. When anything is wrong, what was there stays.
With --file nothing is fetched: the file that you carried here is checked and put in its place; it
may be packed (.gz, .tar.gz), or a list of networks (.txt) named for its kind, such as tor.txt.`,
		Example: `    nightjar geo update
    nightjar geo update --file dbip-city-lite-2026-11.mmdb.gz`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(p, cmd)
			if err != nil {
				return err
			}
			quiet(c)
			o, err := options(p, c)
			if err != nil {
				return err
			}
			return updateGeo(cmd.Context(), p, c, o, file, asJSON)
		},
	}
	cmd.Flags().StringVar(&file, "file", "", "take this `file` instead of fetching, for machines without a way out")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func updateGeo(ctx context.Context, p Process, _ *config.Config, o app.Options, file string, asJSON bool) error {
	show := newProgress(p)
	updater, err := app.GeoUpdater(o, func(data string, done, total int64) {
		if total > 0 {
			show.say("%s: %s of %s", data, bytesText(done), bytesText(total))
		} else {
			show.say("%s: %s", data, bytesText(done))
		}
	})
	if err != nil {
		return err
	}
	var done []geo.Updated
	if file != "" {
		var one geo.Updated
		one, err = updater.Import(ctx, file)
		done = []geo.Updated{one}
	} else {
		done, err = updater.Update(ctx)
	}
	show.end()
	if err != nil && len(done) == 0 || file != "" && err != nil {
		return err
	}
	if asJSON {
		return errors.Join(err, writeJSON(p, map[string]any{"updated": done}))
	}
	for _, u := range done {
		if u.Unchanged {
			fmt.Fprintf(p.Stdout, "%s is there already: %s\n", safe(u.Data), u.Path)
			continue
		}
		fmt.Fprintf(p.Stdout, "%s, %s: %s\n", safe(u.Data), bytesText(u.Bytes), u.Path)
	}
	return err
}

// bytesText writes a size: 512 kB, 63.2 MB.
func bytesText(n int64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d kB", (n+1023)>>10)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
}
