package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

// alertVerb is a command that does one thing with some alerts, or with none.
func alertVerb(p Process, use, short string, q *alert.Request, prepare func(ctx context.Context, a *app.App) error) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: use + " ID…", Short: short, Long: short + ", all of those that are named or, when one cannot be changed, none.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(cmd.UseLine(), "%s needs the id of an alert", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				q.IDs = args
				if prepare != nil {
					if err := prepare(ctx, a); err != nil {
						return err
					}
				}
				changed, err := a.Alerts().Change(ctx, decider(p), *q)
				if err != nil {
					return err
				}
				if err := printAlerts(p, changed, "", asJSON); err != nil || asJSON {
					return err
				}
				if err := tellFormer(p, changed); err != nil {
					return err
				}
				return tellExceptions(ctx, p, a, changed)
			})
		},
	}
	cmd.Flags().StringVar(&q.Comment, "comment", "", "what is to be remembered with it, a `text`")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

// tellFormer says of alerts that were closed already what they were closed as.
func tellFormer(p Process, changed []alert.Alert) error {
	for _, one := range changed {
		if one.Former == "" {
			continue
		}
		line := fmt.Sprintf("%s was closed as %s before, and is %s now", one.ID, one.Former, one.Disposition)
		if one.Former == one.Disposition {
			line = fmt.Sprintf("%s was closed as %s already", one.ID, one.Former)
		}
		if _, err := fmt.Fprintln(p.Stderr, line); err != nil {
			return err
		}
	}
	return nil
}

// tellExceptions says how alerts that were false can be kept from coming again.
func tellExceptions(ctx context.Context, p Process, a *app.App, changed []alert.Alert) error {
	for _, one := range changed {
		e, err := proposalOf(ctx, a, one)
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		if _, err := fmt.Fprintln(p.Stderr, safe(oneLine("to keep "+one.ID+" from coming again: "+e.command()))); err != nil {
			return err
		}
	}
	return nil
}

// quoted is a word for a shell, whatever somebody wrote into a record: the
// line is made to be copied.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func newAlertAck(p Process) *cobra.Command {
	return alertVerb(p, "ack", "Acknowledge alerts", &alert.Request{Action: alert.ActionAcknowledge}, nil)
}

func newAlertReopen(p Process) *cobra.Command {
	return alertVerb(p, "reopen", "Open closed alerts again", &alert.Request{Action: alert.ActionReopen}, nil)
}

func newAlertComment(p Process) *cobra.Command {
	q := &alert.Request{Action: alert.ActionComment}
	cmd := alertVerb(p, "comment", "Say something about alerts", q, nil)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if q.Comment == "" {
			return usageError("nightjar alert comment ID --comment 'she was called'", "%s needs --comment", cmd.CommandPath())
		}
		return nil
	}
	return cmd
}

func newAlertAssign(p Process) *cobra.Command {
	q := &alert.Request{Action: alert.ActionAssign}
	var to string
	cmd := alertVerb(p, "assign", "Give alerts to somebody, or to nobody", q, func(ctx context.Context, a *app.App) error {
		if to == "" {
			return nil
		}
		who, err := a.People().Person(ctx, to)
		if err != nil {
			return err
		}
		if who.Disabled {
			return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("%q is disabled", who.Name), Hint: "choose somebody else, or nightjar person enable"}
		}
		q.Assignee, q.AssigneeName = who.ID, who.Name
		return nil
	})
	cmd.Flags().StringVar(&to, "to", "", "`name` or id of the person; left out, nobody")
	return cmd
}

func newAlertClose(p Process) *cobra.Command {
	q := &alert.Request{Action: alert.ActionClose}
	cmd := alertVerb(p, "close", "Close alerts and say what they were", q, nil)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if q.Disposition == "" {
			return usageError("--as true: an attack; --as benign: it was allowed; --as false: nothing of what the rule says", "%s needs --as", cmd.CommandPath())
		}
		return nil
	}
	cmd.Flags().StringVar((*string)(&q.Disposition), "as", "", "`true`: an attack; benign: it was allowed; false: nothing of what the rule says")
	return cmd
}

func newAlertSeverity(p Process) *cobra.Command {
	q := &alert.Request{Action: alert.ActionSeverity}
	cmd := alertVerb(p, "severity", "Set the severity of alerts, or give it back to the rule", q, nil)
	cmd.Flags().StringVar((*string)(&q.Severity), "to", "", "low, medium, `high` or critical; left out, the rule's")
	return cmd
}
