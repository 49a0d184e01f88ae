package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// ruleFilter chooses rules of this installation, as the API does.
type ruleFilter struct {
	pack, mode, severity, text string
	parts                      bool
}

func (f *ruleFilter) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pack, "pack", "", "only the rules of this `pack`, of this installation")
	cmd.Flags().StringVar(&f.mode, "mode", "", "only those that are `on`, dry or off, in any tenant, of this installation")
	cmd.Flags().StringVar(&f.severity, "severity", "", "only those of this severity, such as `high`, of this installation")
	cmd.Flags().StringVar(&f.text, "text", "", "only those whose title, description, id or tags have these `words`, of this installation")
	cmd.Flags().BoolVar(&f.parts, "parts", false, "also those of this installation that are mere parts of correlations")
}

// unasked refuses the flags where rules of files are listed.
func (f *ruleFilter) unasked(cmd *cobra.Command) error {
	for _, name := range []string{"pack", "mode", "severity", "text", "parts"} {
		if cmd.Flags().Changed(name) {
			return usageError("leave it out, or the files", "--%s is of the rules of this installation", name)
		}
	}
	return nil
}

func (f *ruleFilter) check() error {
	if f.mode == "dry" {
		f.mode = string(ruleset.DryRun)
	}
	if f.mode != "" && !slices.Contains(ruleset.Modes(), ruleset.Mode(f.mode)) {
		return usageError("on, dry or off", "there is no mode %q", f.mode)
	}
	if f.severity != "" && nightjar.Severity(f.severity).Rank() < 0 {
		return usageError("low, medium, high or critical", "there is no severity %q", f.severity)
	}
	return nil
}

func (f *ruleFilter) fits(l installedRule, i *ruleset.Info) bool {
	switch {
	case f.pack != "" && l.Pack != f.pack, !f.parts && !i.Alerts, f.severity != "" && string(l.Level) != f.severity:
		return false
	case f.mode != "" && string(l.Mode) != f.mode && !slices.Contains(slices.Collect(maps.Values(l.Tenants)), f.mode):
		return false
	}
	text := strings.ToLower(strings.Join(append([]string{i.ID, i.Name, i.Title, i.Description, i.Pack}, i.Tags...), " "))
	for word := range strings.FieldsSeq(strings.ToLower(f.text)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
