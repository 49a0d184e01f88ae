package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/approval"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newApproval(p Process) *cobra.Command {
	return noun("approval", "Show what waits for a second person", newApprovalList(p))
}

// approvalLine is an approval as --json prints it (docs/cli-json.md).
type approvalLine struct {
	ID         string            `json:"id"`
	State      approval.State    `json:"state"`
	Operation  string            `json:"operation"`
	Tenant     nightjar.TenantID `json:"tenant,omitempty"`
	Summary    string            `json:"summary"`
	Parameters json.RawMessage   `json:"parameters"`
	SHA256     string            `json:"sha256"`
	AskedBy    string            `json:"asked_by"`
	Asked      string            `json:"asked"`
	Expires    string            `json:"expires"`
	DecidedBy  string            `json:"decided_by,omitempty"`
	Reason     string            `json:"reason,omitempty"`
}

func newApprovalList(p Process) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List what waits for a second person in the console", Args: noArguments,
		Long: `Lists what waits for a second person, or was approved and is not done yet. It is decided in
the console alone: the command line acts on the data folder itself and needs no approval.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				found, err := a.Approvals().List(ctx, operator(p), all)
				if err != nil {
					return err
				}
				return printApprovals(p, found, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also what was decided or is over, of the last thirty days")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printApprovals(p Process, found []approval.Approval, asJSON bool) error {
	if asJSON {
		lines := []approvalLine{}
		for _, a := range found {
			lines = append(lines, approvalLine{
				a.ID, a.State, a.Operation, a.Tenant, a.Summary, a.Parameters, a.Hash, a.AskedBy.Name, formatTime(a.Asked), formatTime(a.Expires), a.Decider, a.Reason,
			})
		}
		return writeJSON(p, map[string]any{"approvals": lines})
	}
	if len(found) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "nothing waits for a second person")
		return err
	}
	t := newColumns(p.Stdout, "ASKED", "BY", "STATE", "OVER AT", "WHAT")
	for _, a := range found {
		t.row(shortTime(a.Asked), safe(oneLine(a.AskedBy.Name)), string(a.State), shortTime(a.Expires), safe(oneLine(a.Summary)))
	}
	return t.flush()
}
