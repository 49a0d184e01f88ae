package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// packLine is a pack of rule packs --json, named as the API names it.
type packLine struct {
	Name    string            `json:"name"`
	Rules   int               `json:"rules"` // that find something by themselves
	On      int               `json:"on"`
	DryRun  int               `json:"dry_run"`
	Off     int               `json:"off"`
	Mode    ruleset.Mode      `json:"mode"`
	Tenants map[string]string `json:"tenants"` // by name, where the mode is otherwise
}

func newRulePacks(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "packs", Short: "List the packs of rules and their modes", Args: noArguments,
		Long: `Lists the packs with how many of their rules are on, run dry and are off where nothing else is
said of a tenant; a * says that the pack's mode is otherwise in some. rule set switches a pack.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return installed(p, cmd, func(ctx context.Context, a *app.App, set *ruleset.Set) error {
				var tenants []nightjar.Tenant
				if a != nil {
					var err error
					if tenants, err = a.Known(ctx); err != nil {
						return err
					}
				}
				return printPacks(p, packLines(set, tenants), asJSON)
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func packLines(set *ruleset.Set, tenants []nightjar.Tenant) []packLine {
	lines := []packLine{}
	for _, name := range set.Packs() {
		l := packLine{Name: name, Mode: set.PackMode(name, ""), Tenants: map[string]string{}}
		for _, t := range tenants {
			if mode := set.PackMode(name, t.ID); mode != l.Mode {
				l.Tenants[t.Name] = string(mode)
			}
		}
		for _, i := range set.Infos() {
			if i.Pack != name || !i.Alerts {
				continue
			}
			l.Rules++
			switch set.Mode(i.Label(), "") {
			case ruleset.On:
				l.On++
			case ruleset.DryRun:
				l.DryRun++
			case ruleset.Off:
				l.Off++
			}
		}
		lines = append(lines, l)
	}
	return lines
}

func printPacks(p Process, lines []packLine, asJSON bool) error {
	if asJSON {
		return writeJSON(p, map[string]any{"packs": lines})
	}
	t := newColumns(p.Stdout, "PACK", "MODE", "RULES", "ON", "DRY RUN", "OFF")
	for _, l := range lines {
		mode := string(l.Mode)
		if len(l.Tenants) > 0 {
			mode += "*"
		}
		t.row(safe(l.Name), mode, strconv.Itoa(l.Rules), strconv.Itoa(l.On), strconv.Itoa(l.DryRun), strconv.Itoa(l.Off))
	}
	return t.flush()
}
