package config

import (
	"github.com/spf13/pflag"
)

// AddFlags gives fs one flag for each option. Options that are not common are
// hidden from the help unless all is set; they work either way.
func AddFlags(fs *pflag.FlagSet, all bool) {
	for _, o := range Options() {
		fs.String(o.Flag(), "", o.Doc)
		f := fs.Lookup(o.Flag())
		f.DefValue = o.Default
		f.Hidden = !all && !o.Common
	}
}

// Changed returns the options that were given as flags, by key.
func Changed(fs *pflag.FlagSet) map[string]string {
	given := map[string]string{}
	for _, o := range Options() {
		if f := fs.Lookup(o.Flag()); f != nil && f.Changed {
			given[o.Key] = f.Value.String()
		}
	}
	return given
}
