package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

func newRule(p Process) *cobra.Command {
	return noun("rule", "Check and run Sigma rules", newRuleRun(p), newRuleCheck(p), newRuleList(p), newRuleExplain(p), newRuleBench(p), newRuleTest(p), newRuleBacktest(p),
		newRuleSet(p), newRuleExcept(p), newRuleExceptions(p), newRulePacks(p), newRuleExport(p), newRuleImport(p))
}

// ruleFlags are the flags of commands that read rules.
type ruleFlags struct {
	rules        []string
	placeholders []string

	// Of commands that ask rules of events.
	input, source string
}

// addInput adds the flags of commands that ask rules of events.
func (f *ruleFlags) addInput(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.rules, "rules", nil, "`file or folder` with Sigma rules; may be repeated")
	cmd.Flags().StringVar(&f.input, "input", "", "`file` with one JSON event a line, .gz too; - is standard input")
	cmd.Flags().StringVar(&f.source, "source", "ual", "what the events are: ual (or m365), signinlogs, auditlogs, riskdetection, pim, activitylogs; any asks all rules of them")
	f.add(cmd)
}

// bound reads the rules, names what is wrong with some, and finds the source.
func (f *ruleFlags) bound(p Process, cmd *cobra.Command) (*sigma.Collection, *sigma.Source, error) {
	if len(f.rules) == 0 || f.input == "" {
		return nil, nil, usageError(cmd.UseLine()+" --rules rules/ --input events.ndjson", "%s needs --rules and --input", cmd.CommandPath())
	}
	rules, catalogue, err := f.load()
	if err != nil {
		return nil, nil, err
	}
	source, err := sourceNamed(catalogue, f.source)
	if err != nil {
		return nil, nil, err
	}
	printFaults(p, rules)
	return rules, source, nil
}

func (f *ruleFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.placeholders, "placeholder", nil, "for rules of files, a value of a placeholder of the modifier expand, as `NAME=VALUE`; may be repeated")
}

// load reads the rules; what is wrong with some of them is in the collection.
func (f *ruleFlags) load() (*sigma.Collection, *sigma.Catalogue, error) {
	set, catalogue, err := f.loadSet()
	if err != nil {
		return nil, nil, err
	}
	return set.All(), catalogue, nil
}

// loadSet is load with what Sigma does not know: rules that are asked on time.
func (f *ruleFlags) loadSet() (*ruleset.Set, *sigma.Catalogue, error) {
	o := sigma.Options{Placeholders: map[string][]string{}}
	for _, p := range f.placeholders {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, nil, usageError("e.g. --placeholder Administrators=admin@contoso.com", "--placeholder %q is not NAME=VALUE", p)
		}
		name = strings.Trim(name, "%")
		o.Placeholders[name] = append(o.Placeholders[name], value)
	}
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		return nil, nil, err
	}
	set, err := f.set(o)
	return set, catalogue, err
}

// set reads the rules of the paths; without any, those that ship.
func (f *ruleFlags) set(o sigma.Options) (*ruleset.Set, error) {
	if len(f.rules) > 0 {
		return readPaths(f.rules, ruleset.Options{Placeholders: o.Placeholders})
	}
	return ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{Placeholders: o.Placeholders})
}

// sourceNamed finds a source; "any" binds all rules to all events.
func sourceNamed(c *sigma.Catalogue, name string) (*sigma.Source, error) {
	if name == "any" {
		return c.Everything(), nil
	}
	return c.Source(name)
}

// printFaults names on standard error what is wrong with rules.
func printFaults(p Process, rules *sigma.Collection) {
	for _, f := range rules.Faults {
		printFault(p, f)
	}
}

func printFault(p Process, f *sigma.Fault) {
	fmt.Fprintln(p.Stderr, safe(f.String()))
	if hint := nightjar.HintOf(f.Err); hint != "" {
		fmt.Fprintln(p.Stderr, "  try: "+safe(hint))
	}
}
