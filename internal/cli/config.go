package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newConfig(p Process) *cobra.Command {
	return noun("config", "Look at the configuration", newConfigShow(p), newConfigCheck(p))
}

func newConfigShow(p Process) *cobra.Command {
	var origin, asJSON bool
	cmd := &cobra.Command{
		Use: "show", Short: "Print every option with its value", Args: noArguments,
		Long: `Prints every option with the value that holds. With --origin it says where each
came from: flag, environment, file (with the line) or default. Secrets are not shown.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(p, cmd)
			if err != nil {
				return err
			}
			settings := c.Settings()
			if asJSON {
				return writeJSON(p, map[string]any{"file": c.File, "options": settings})
			}
			heading := []string{"OPTION", "VALUE"}
			if origin {
				heading = append(heading, "ORIGIN")
			}
			table := newColumns(p.Stdout, heading...)
			for _, s := range settings {
				cells := []string{s.Key, s.Value}
				if s.Value == "" {
					cells[1] = "-"
				}
				if origin {
					from := string(s.Origin)
					if s.Detail != "" {
						from += " " + s.Detail
					}
					cells = append(cells, from)
				}
				table.row(cells...)
			}
			return table.flush()
		},
	}
	cmd.Flags().BoolVar(&origin, "origin", false, "say where each value came from")
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newConfigCheck(p Process) *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Short: "Read the configuration and say what is wrong with it", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(p, cmd)
			if err != nil {
				return err
			}
			name := c.File
			if name == "" {
				name = "the configuration"
			}
			_, err = fmt.Fprintf(p.Stdout, "%s is right: %s, %s of its own, %s of identities\n", name, counted(len(c.Tenants), "tenant"), counted(len(c.Clouds), "cloud"), counted(len(c.SSO), "provider"))
			return err
		},
	}
	return withConfig(cmd, false)
}
