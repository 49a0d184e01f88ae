package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nightjar-sec/nightjar/internal/config"
)

// writeReference writes the commands of docs/cli.md; a test keeps the page in
// step. The flags of the option table are left out: they are in
// docs/configuration.md, once.
func writeReference(w io.Writer) {
	root := newRoot(Process{})
	options := map[string]bool{"config": true}
	for _, o := range config.Options() {
		options[o.Flag()] = true
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			return
		}
		if c != root && (c.Runnable() && !c.HasSubCommands()) {
			writeCommand(w, c, options)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func writeCommand(w io.Writer, c *cobra.Command, options map[string]bool) {
	use := strings.TrimSuffix(c.UseLine(), " [flags]")
	fmt.Fprintf(w, "### %s\n\n%s.\n\n    %s\n\n", c.CommandPath(), c.Short, use)
	if c.Long != "" {
		fmt.Fprintf(w, "%s\n\n", c.Long)
	}
	if c.Example != "" {
		fmt.Fprintf(w, "%s\n\n", c.Example)
	}
	rows := 0
	c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || (c.Flags().Lookup("config") != nil && options[f.Name]) {
			return
		}
		if rows == 0 {
			fmt.Fprint(w, "| flag | default | what it does |\n|---|---|---|\n")
		}
		rows++
		name := "`--" + f.Name
		value, doc := pflag.UnquoteUsage(f)
		if value != "" {
			name += " " + value
		}
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		def := f.DefValue
		if def == "" || def == "[]" || def == "false" {
			def = "–"
		}
		fmt.Fprintf(w, "| %s` | %s | %s |\n", name, def, strings.ReplaceAll(doc, "|", "\\|"))
	})
	if rows > 0 {
		fmt.Fprintln(w)
	}
}
