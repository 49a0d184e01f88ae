package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nightjar-sec/nightjar"
)

// Sources are the places that options come from.
type Sources struct {
	// File is the YAML file; "" reads none.
	File string
	// Env looks a variable up; nil reads none. os.LookupEnv fits.
	Env func(string) (string, bool)
	// Names are the names of all variables of the environment: a misspelt one
	// is refused. Nil checks none.
	Names []string
	// Flags are the options given as flags, by key.
	Flags map[string]string
}

// Load resolves every option: flag over environment over file over default.
// All that is wrong is returned at once, joined.
func Load(s Sources) (*Config, error) {
	c := &Config{File: s.File, origins: map[string]Origin{}}
	for _, o := range Options() {
		def := o.Default
		if def == "" {
			continue
		}
		if o.Path && s.File != "" {
			def = filepath.Join(filepath.Dir(s.File), def)
		}
		if err := o.set(c, def); err != nil {
			return nil, fmt.Errorf("default of %s: %w", o.Key, err)
		}
	}
	var errs []error
	if s.File != "" {
		data, err := os.ReadFile(s.File)
		if err != nil {
			return nil, cannotRead(s.File, err)
		}
		errs = append(errs, c.readFile(s.File, data)...)
	}
	errs = append(errs, unknownVariables(s.Names)...)
	for _, o := range Options() {
		if s.Env != nil {
			if raw, ok := s.Env(o.Env()); ok {
				errs = append(errs, c.override(o, raw, Origin{FromEnvironment, o.Env()}))
			}
		}
		if raw, ok := s.Flags[o.Key]; ok {
			errs = append(errs, c.override(o, raw, Origin{FromFlag, "--" + o.Flag()}))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, asOne(err)
	}
	for _, o := range Options() {
		if o.check != nil {
			errs = append(errs, c.located(o.Key, o.check(c)))
		}
	}
	errs = append(errs, c.checkTenants()...)
	errs = append(errs, c.checkProviders()...)
	if err := errors.Join(errs...); err != nil {
		return nil, asOne(err)
	}
	return c, nil
}

// override sets one option from a flag or a variable.
func (c *Config) override(o Option, raw string, from Origin) error {
	if err := o.set(c, raw); err != nil {
		if o.Secret {
			err = errors.New("the value cannot be read")
		}
		hint := "it takes a value of the kind: " + o.Type()
		if o.Default != "" {
			hint += ", e.g. " + o.Default
		}
		return invalid(fmt.Sprintf("%s: %v", from.Detail, err), hint)
	}
	c.origins[o.Key] = from
	return nil
}

// located puts the place where a wrong value was written in front of err.
func (c *Config) located(key string, err error) error {
	from := c.Origin(key)
	if err == nil || from.Detail == "" {
		return err
	}
	return &nightjar.Error{
		Code: nightjar.CodeInvalid, Message: from.Detail + ": " + err.Error(), Hint: nightjar.HintOf(err),
	}
}

// asOne gives joined errors the code and the first hint of its parts.
func asOne(err error) error {
	var first *nightjar.Error
	errors.As(err, &first)
	e := &nightjar.Error{Code: nightjar.CodeInvalid, Err: err}
	if first != nil {
		e.Hint = first.Hint
	}
	return e
}

func cannotRead(file string, err error) error {
	e := &nightjar.Error{Code: nightjar.CodeInvalid, Message: "cannot read the configuration file " + file, Err: err}
	if errors.Is(err, fs.ErrNotExist) {
		e.Code, e.Message, e.Err = nightjar.CodeNotFound, "there is no configuration file "+file, nil
		e.Hint = "name one with --config, or write one: docs/configuration.md has an example"
	}
	return e
}
