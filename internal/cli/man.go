package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(p Process) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "man", Short: "Write the manual pages", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // manual pages are for everyone to read
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "Nightjar"}, dir); err != nil {
				return fmt.Errorf("write manual pages to %s: %w", dir, err)
			}
			_, err := fmt.Fprintf(p.Stderr, "wrote the manual pages to %s; read one with: man -l %s/nightjar.1\n", dir, dir)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "man", "folder to write to")
	return cmd
}
