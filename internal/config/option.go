package config

import (
	"strings"
	"time"
)

// Option is one row of the option table.
type Option struct {
	Key     string // as the file spells it, sections joined by dots: "query.memory"
	Default string // as a person would write it
	Doc     string // one or two sentences
	Secret  bool   // never shown
	Path    bool   // relative values in the file are relative to the file
	Common  bool   // shown in the help of every command, not only in the reference

	bind  func(*Config) any // the field: *string, *int, *int64, *bool, *float64, *time.Duration, *time.Time
	size  bool              // the *int64 is a size in bytes
	many  bool              // the *string is a list, separated by commas; the file may write it as one
	check func(*Config) error
}

// Flag returns the option's flag without the leading dashes.
func (o Option) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(o.Key)
}

// Env returns the option's environment variable.
func (o Option) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(o.Key, ".", "_"))
}

// Type names the kind of value that the option takes, for people.
func (o Option) Type() string {
	switch o.bind(new(Config)).(type) {
	case *int:
		return "number"
	case *int64:
		if o.size {
			return "size"
		}
		return "number"
	case *float64:
		return "number"
	case *bool:
		return "true or false"
	case *time.Duration:
		return "duration"
	case *time.Time:
		return "time"
	default:
		if o.Path && o.many {
			return "paths"
		}
		if o.Path {
			return "path"
		}
		return "text"
	}
}

// Find returns the option named key.
func Find(key string) (Option, bool) {
	for _, o := range Options() {
		if o.Key == key {
			return o, true
		}
	}
	return Option{}, false
}

// set parses raw into the option's field of c.
func (o Option) set(c *Config, raw string) error {
	return parseInto(o.bind(c), raw, o.size)
}

// get renders the option's value as a person would write it.
func (o Option) get(c *Config) string {
	return render(o.bind(c), o.size)
}
