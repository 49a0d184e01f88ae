package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/audit"
	"github.com/nightjar-sec/nightjar/internal/config"
)

// auditLine is an entry as --json prints it (docs/cli-json.md).
type auditLine struct {
	Seq     int64                 `json:"seq"`
	Time    string                `json:"time"`
	Actor   auditActor            `json:"actor"`
	Address string                `json:"address,omitempty"`
	Action  nightjar.AuditAction  `json:"action"`
	Tenant  nightjar.TenantID     `json:"tenant,omitempty"`
	Target  string                `json:"target,omitempty"`
	Detail  map[string]string     `json:"detail"`
	Outcome nightjar.AuditOutcome `json:"outcome"`
}

type auditActor struct {
	ID   string             `json:"id,omitempty"`
	Name string             `json:"name,omitempty"`
	Kind nightjar.ActorKind `json:"kind"`
}

func auditLineOf(e audit.Entry) auditLine {
	l := auditLine{
		Seq: e.Seq, Time: formatTime(e.Time), Actor: auditActor(e.Actor), Action: e.Action, Tenant: e.Tenant, Target: e.Target, Detail: e.Detail, Outcome: e.Outcome,
	}
	if e.Address.IsValid() {
		l.Address = e.Address.String()
	}
	return l
}

func newAuditList(p Process) *cobra.Command {
	var (
		from, to, actor, action, outcome string
		tenants                          []string
		limit                            int
		before                           int64
		asJSON                           bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "Show who did what, the newest first", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := audit.Filter{Actor: actor, Action: nightjar.AuditAction(action), Outcome: nightjar.AuditOutcome(outcome), Limit: limit, Before: before}
			if action != "" && !slices.Contains(nightjar.AuditActions(), f.Action) {
				return usageError("e.g. --action session.login; docs/security.md names all", "there is no action %q", action)
			}
			var err error
			if from != "" {
				if f.From, err = config.ParseTime(from); err != nil {
					return usageError("e.g. --from 2026-11-20", "--from: %v", err)
				}
			}
			if to != "" {
				if f.To, err = config.ParseTime(to); err != nil {
					return usageError("e.g. --to 2026-11-21", "--to: %v", err)
				}
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				if len(tenants) > 0 {
					chosen, err := tenantsNamed(ctx, a, tenants)
					if err != nil {
						return err
					}
					for _, t := range chosen {
						f.Tenants = append(f.Tenants, t.ID)
					}
				}
				list, err := a.Audit().List(ctx, f)
				if err != nil {
					return err
				}
				return printAudit(p, list, asJSON)
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "earliest `time`, inclusive")
	cmd.Flags().StringVar(&to, "to", "", "latest `time`, exclusive")
	cmd.Flags().StringVar(&actor, "actor", "", "only of this `name` or id")
	cmd.Flags().StringVar(&action, "action", "", "only this `action`, such as connection.add")
	cmd.Flags().StringVar(&outcome, "outcome", "", "only `success`, failure or denied")
	cmd.Flags().StringSliceVar(&tenants, "tenant", nil, "only what was done to these tenants, by name or id")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many, up to 1000")
	cmd.Flags().Int64Var(&before, "before", 0, "only entries with a smaller `number`, for the next page")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printAudit(p Process, list []audit.Entry, asJSON bool) error {
	if asJSON {
		lines := []auditLine{}
		for _, e := range list {
			lines = append(lines, auditLineOf(e))
		}
		return writeJSON(p, map[string]any{"entries": lines})
	}
	if len(list) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "no entry fits")
		return err
	}
	t := newColumns(p.Stdout, "NO", "TIME", "WHO", "ADDRESS", "ACTION", "TARGET", "OUTCOME", "DETAIL")
	for _, e := range list {
		l := auditLineOf(e)
		who := string(e.Actor.Kind)
		if e.Actor.Name != "" {
			who += " " + e.Actor.Name
		}
		var detail []string
		for _, k := range slices.Sorted(maps.Keys(e.Detail)) {
			detail = append(detail, k+"="+e.Detail[k])
		}
		t.row(strconv.FormatInt(e.Seq, 10), shortTime(e.Time), safe(who), l.Address, string(e.Action), safe(oneLine(e.Target)), string(e.Outcome), safe(oneLine(strings.Join(detail, ", "))))
	}
	return t.flush()
}

// oneLine keeps a text from breaking a table.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' {
			return ' '
		}
		return r
	}, s)
}
