package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// installedRule is rule list --json without paths.
type installedRule struct {
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Pack     string            `json:"pack"`
	Kind     ruleset.Kind      `json:"kind"`
	Level    nightjar.Severity `json:"level"`
	Mode     ruleset.Mode      `json:"mode"`
	Tenants  map[string]string `json:"tenants"` // where the mode is otherwise
	Changed  bool              `json:"changed"`
	Runs     bool              `json:"runs"`
	HitsDay  int64             `json:"hits_day"`
	HitsWeek int64             `json:"hits_week"`
	Tags     []string          `json:"tags"`
	File     string            `json:"file"`
	Line     int               `json:"line"`
}

// installed hands over the rules of this installation; of one that has no
// catalog yet those that ship and those of its folders.
func installed(p Process, cmd *cobra.Command, do func(ctx context.Context, a *app.App, set *ruleset.Set) error) error {
	c, err := load(p, cmd)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.DataDir, catalog.FileName)); errors.Is(err, os.ErrNotExist) {
		keeper, err := ruleset.New(cmd.Context(), ruleset.Config{Folders: c.Rules.Folders()})
		if err != nil {
			return err
		}
		return do(cmd.Context(), nil, keeper.Current())
	}
	return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
		keeper, err := a.Rules(ctx)
		if err != nil {
			return err
		}
		return do(ctx, a, keeper.Current())
	})
}

// placed refuses placeholders without files: the rules of this installation are
// in force with what they say themselves.
func (f *ruleFlags) placed() error {
	if len(f.rules) == 0 && len(f.placeholders) > 0 {
		return usageError("name the file or folder of the rules too", "--placeholder is for rules that are named")
	}
	return nil
}

// either hands over the rules of the paths or, where none are named, those of
// this installation.
func (f *ruleFlags) either(p Process, cmd *cobra.Command, do func(set *ruleset.Set, catalogue *sigma.Catalogue, here surroundings) error) error {
	if err := f.placed(); err != nil {
		return err
	}
	if len(f.rules) > 0 {
		set, catalogue, err := f.loadSet()
		if err != nil {
			return err
		}
		return do(set, catalogue, surroundings{})
	}
	return installed(p, cmd, func(ctx context.Context, a *app.App, set *ruleset.Set) error {
		var here surroundings
		if a != nil {
			var err error
			if here.tenants, err = a.Known(ctx); err != nil {
				return err
			}
			here.now = a.Clock().Now()
		}
		catalogue, err := sigma.NewCatalogue()
		if err != nil {
			return err
		}
		return do(set, catalogue, here)
	})
}

func listInstalled(p Process, cmd *cobra.Command, filter ruleFilter, asJSON bool) error {
	return installed(p, cmd, func(ctx context.Context, a *app.App, set *ruleset.Set) error {
		var (
			tenants []nightjar.Tenant
			now     time.Time
		)
		hits := map[string]alert.Hits{}
		if a != nil {
			var err error
			if tenants, err = a.Known(ctx); err != nil {
				return err
			}
			now = a.Clock().Now()
			if hits, err = a.Alerts().Hits(ctx, nil); err != nil {
				return err
			}
		}
		lines, err := installedRules(set, tenants, hits, now)
		if err != nil {
			return err
		}
		lines = slices.DeleteFunc(lines, func(l installedRule) bool {
			return !filter.fits(l, set.Info(l.ID))
		})
		for _, f := range set.Faults {
			printFault(p, f)
		}
		if asJSON {
			return writeJSON(p, lines)
		}
		t := newColumns(p.Stdout, "ID", "PACK", "LEVEL", "MODE", "24 H", "7 D", "TITLE")
		for _, l := range lines {
			mode := string(l.Mode)
			if len(l.Tenants) > 0 {
				mode += "*"
			}
			title := l.Title
			if !l.Runs {
				title += " (cannot match now)"
			}
			t.row(safe(l.ID), safe(l.Pack), string(l.Level), mode, strconv.FormatInt(l.HitsDay, 10), strconv.FormatInt(l.HitsWeek, 10), safe(title))
		}
		return t.flush()
	})
}

func installedRules(set *ruleset.Set, tenants []nightjar.Tenant, hits map[string]alert.Hits, now time.Time) ([]installedRule, error) {
	meaning, err := set.Meaning()
	if err != nil {
		return nil, err
	}
	changes := set.Changes()
	lines := []installedRule{}
	for _, i := range set.Infos() {
		label := i.Label()
		l := installedRule{
			ID: label, Title: i.Title, Pack: i.Pack, Kind: i.Kind, Level: set.Severity(label, ""), Mode: set.Mode(label, ""), Tenants: map[string]string{},
			Runs: meaning.Binding(i).Runs, HitsDay: hits[label].Day, HitsWeek: hits[label].Week, Tags: append([]string{}, i.Tags...), File: i.File, Line: i.Line,
		}
		for _, t := range tenants {
			if mode := set.Mode(label, t.ID); mode != l.Mode {
				l.Tenants[t.Name] = string(mode)
			}
		}
		l.Changed = slices.ContainsFunc(changes.Changes, func(c ruleset.Change) bool { return c.Rule == label }) ||
			slices.ContainsFunc(changes.Exceptions, func(e ruleset.Exception) bool { return e.Rule == label && e.Active(now) })
		lines = append(lines, l)
	}
	slices.SortStableFunc(lines, func(a, b installedRule) int {
		if order := strings.Compare(a.Pack, b.Pack); order != 0 {
			return order
		}
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	return lines, nil
}
