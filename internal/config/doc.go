// Package config holds the one table of options and reads them from flags,
// NIGHTJAR_* variables and a YAML file, in that order of precedence, over the
// defaults.
//
// The table generates the flags, the names of the variables, the keys of the
// file and docs/configuration.md. The package opens no file but the one it is
// given and knows nothing of what the options do: internal/app turns a Config
// into parts.
package config
