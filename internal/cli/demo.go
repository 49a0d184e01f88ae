package cli

import (
	"github.com/spf13/cobra"
)

func newDemo(p Process) *cobra.Command {
	return &cobra.Command{Use: "demo", Short: "Watch a simulated tenant", RunE: func(*cobra.Command, []string) error { return nil }}
}
