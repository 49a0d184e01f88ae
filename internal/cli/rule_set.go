package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func newRuleSet(p Process) *cobra.Command {
	var (
		mode, severity, reason string
		params, tenants        []string
	)
	cmd := &cobra.Command{
		Use: "set ID|PACK", Short: "Switch a rule or a pack, or change severity and parameters of a rule", Args: exactArguments(1, "the id of a rule, or the name of a pack"),
		Long: `Changes a rule without touching its file: new versions of the rules leave the change alone.
Without --tenant it is for all tenants of which nothing else is said. What is said of a
rule counts more than what is said of its pack. The word default takes a change back.
A running nightjar serve has it within seconds.`,
		Example: `  nightjar rule set exchange --mode dry
  nightjar rule set 19de2c3e-26f3-4973-ac09-64f8ee2df1fd --mode off --tenant contoso --reason "Tor is allowed there"
  nightjar rule set 30bc060b-e82f-4e64-a984-8fc7c96091c8 --param failures=50
  nightjar rule set 19de2c3e-26f3-4973-ac09-64f8ee2df1fd --mode default`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if modes := []string{"on", "dry", "dry_run", "off", "default"}; mode != "" && !slices.Contains(modes, mode) {
				return usageError("--mode on, dry, off or default", "mode %q is none of on, dry, off and default", mode)
			}
			if mode == "" && severity == "" && len(params) == 0 {
				return usageError("e.g. --mode off", "%s needs --mode, --severity or --param", cmd.CommandPath())
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				keeper, err := a.Rules(ctx)
				if err != nil {
					return err
				}
				changes, err := ruleChanges(keeper.Current(), args[0], mode, severity, params)
				if err != nil {
					return err
				}
				ids := []nightjar.TenantID{""}
				if len(tenants) > 0 {
					chosen, err := tenantsNamed(ctx, a, tenants)
					if err != nil {
						return err
					}
					ids = nil
					for _, t := range chosen {
						ids = append(ids, t.ID)
					}
				}
				return changeRules(ctx, p, a, args[0], reason, ids, changes)
			})
		},
	}
	cmd.Flags().StringVar(&mode, "mode", "", "on, dry (findings are kept and alert nobody), off or default")
	cmd.Flags().StringVar(&severity, "severity", "", "informational, low, medium, high, critical or default")
	cmd.Flags().StringArrayVar(&params, "param", nil, "a parameter as `NAME=VALUE`; items of a list are parted by commas; may be given more than once")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only in these tenants, by name or id")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever wonders later")
	return withConfig(cmd, false)
}

// ruleChanges reads what a person typed.
func ruleChanges(set *ruleset.Set, target, mode, severity string, params []string) ([]ruleset.Change, error) {
	of := ruleset.Change{Rule: target}
	info := set.Info(target)
	if info == nil {
		for _, i := range set.Infos() {
			if i.Alerts && (i.Name == target || i.Title == target) {
				info, of.Rule = i, i.Label()
			}
		}
	}
	if info == nil && slices.Contains(set.Packs(), target) {
		of = ruleset.Change{Pack: target}
	}
	value := func(typed string) any {
		if typed == "default" {
			return nil
		}
		return typed
	}
	var out []ruleset.Change
	if mode != "" {
		c := of
		c.What, c.Value = ruleset.ChangeMode, value(map[string]string{"dry": "dry_run"}[mode])
		if mode != "dry" {
			c.Value = value(mode)
		}
		out = append(out, c)
	}
	if severity != "" {
		c := of
		c.What, c.Value = ruleset.ChangeSeverity, value(severity)
		out = append(out, c)
	}
	for _, param := range params {
		name, typed, ok := strings.Cut(param, "=")
		if !ok {
			return nil, usageError("e.g. --param failures=50", "--param %q is not NAME=VALUE", param)
		}
		c := of
		c.What, c.Name, c.Value = ruleset.ChangeParameter, name, value(typed)
		if info != nil && c.Value != nil {
			if p, known := info.Parameter(name); known {
				read, err := p.Read(typed)
				if err != nil {
					return nil, err
				}
				c.Value = read
			} else if err := set.Check(c); err != nil {
				return nil, usageError("nightjar rule explain "+of.Rule+" shows its parameters", "%v", err)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// changeRules makes changes for each tenant and says so.
func changeRules(ctx context.Context, p Process, a *app.App, target, reason string, tenants []nightjar.TenantID, changes []ruleset.Change) error {
	keeper, err := a.Rules(ctx)
	if err != nil {
		return err
	}
	var all []ruleset.Change
	detail := map[string]string{}
	if reason != "" {
		detail["reason"] = reason
	}
	for _, c := range changes {
		value, err := json.Marshal(c.Value)
		if err != nil {
			return err
		}
		key := string(c.What)
		if c.Name != "" {
			key += " " + c.Name
		}
		if detail[key] = strings.Trim(string(value), `"`); c.Value == nil {
			detail[key] = "default"
		}
		for _, t := range tenants {
			c.Tenant, c.Reason = t, reason
			all = append(all, c)
		}
	}
	tenant := tenants[0]
	if len(tenants) > 1 {
		var names []string
		for _, t := range tenants {
			names = append(names, string(t))
		}
		tenant, detail["tenants"] = "", strings.Join(names, " ")
	}
	who := operator(p)
	entry := nightjar.AuditEntry{Actor: who.Actor(), Action: nightjar.ActionRuleChange, Tenant: tenant, Target: target, Detail: detail}
	if err := a.Audit().Do(ctx, entry, func(ctx context.Context) error { return keeper.Change(ctx, who.Name, all...) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "changed %s\n", safe(target))
	return err
}
