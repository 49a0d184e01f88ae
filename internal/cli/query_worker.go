package cli

import (
	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/query"
)

// queryWorkerName is the hidden command that internal/query starts in a
// process of its own.
const queryWorkerName = "query-worker"

func newQueryWorker(p Process) *cobra.Command {
	return &cobra.Command{
		Use: queryWorkerName, Hidden: true, Args: noArguments,
		Short: "Run one query for the process that started this one",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return query.WorkerMain(cmd.Context(), p.Stdin, p.Stdout)
		},
	}
}
