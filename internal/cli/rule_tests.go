package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
)

// ruleTestAnswer is rule test --format json.
type ruleTestAnswer struct {
	Rules    int              `json:"rules"`
	Tests    int              `json:"tests"`
	Failed   int              `json:"failed"`
	Untested []string         `json:"untested"`
	Results  []ruleTestResult `json:"results"`
	// Rejected are the rules that were not read.
	Rejected []ruleFault `json:"rejected"`
}

type ruleTestResult struct {
	Rule     string   `json:"rule"`
	Title    string   `json:"title"`
	Test     string   `json:"test"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Passed   bool     `json:"passed"`
	Failures []string `json:"failures"`
}

func newRuleTest(p Process) *cobra.Command {
	var (
		ids    []string
		format string
	)
	cmd := &cobra.Command{
		Use: "test [DIR|FILE...]", Short: "Run the tests that stand in rule files",
		Long: `Runs the tests of rules: events in, alerts expected, with the engine and the
normalising that watch the journal; questions in SQL are asked of a journal that is
made for their tests. Without a file or folder these are the rules of this
installation as their files have them, without what was changed here. What differs is
printed, with what was expected and what was found.
The exit code is 1 when a test failed or a rule was rejected.
How tests are written is in docs/rules.md.`,
		Example: `  nightjar rule test
  nightjar rule test rules/exchange --format junit > report.xml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"text", "json", "junit"}, format) {
				return usageError("--format text, json or junit", "--format %q is not known", format)
			}
			choose := func() (chosenRules, error) { return chooseRules(p, args, ids) }
			if len(args) == 0 {
				choose = func() (chosenRules, error) { return unchangedRules(p, cmd, ids) }
			}
			chosen, err := choose()
			if err != nil {
				return err
			}
			answer, err := runRuleTests(cmd.Context(), chosen)
			if err != nil {
				return err
			}
			switch format {
			case "json":
				err = writeJSON(p, answer)
			case "junit":
				err = writeJUnit(p, answer)
			default:
				err = printRuleTests(p, answer)
			}
			if err == nil && answer.Failed+len(answer.Rejected) > 0 {
				return &nightjar.Error{
					Code: nightjar.CodeCorrupt, Message: fmt.Sprintf("%s failed, %s rejected", counted(answer.Failed, "test"), counted(len(answer.Rejected), "rule")),
				}
			}
			return err
		},
	}
	cmd.Flags().StringArrayVar(&ids, "rule", nil, "only the rule with this `id`, name or title; may be repeated")
	cmd.Flags().StringVar(&format, "format", "text", "`text`, json, or junit for build servers")
	return withConfig(cmd, false)
}

func runRuleTests(ctx context.Context, chosen chosenRules) (answer ruleTestAnswer, err error) {
	answer = ruleTestAnswer{Untested: []string{}, Results: []ruleTestResult{}, Rejected: []ruleFault{}}
	for _, f := range chosen.set.All().Rejected() {
		answer.Rejected = append(answer.Rejected, ruleFaultOf(f))
	}
	worker, err := workerCommand()
	if err != nil {
		return answer, err
	}
	lab := app.NewRuleLab(worker)
	defer func() { err = errors.Join(err, lab.Close()) }()
	for _, info := range chosen.infos {
		results, err := lab.Run(ctx, chosen.set, info)
		if err != nil {
			return answer, err
		}
		if len(results) == 0 {
			if info.Alerts {
				answer.Untested = append(answer.Untested, info.Label())
			}
			continue
		}
		answer.Rules++
		for _, r := range results {
			answer.Tests++
			if len(r.Failures) > 0 {
				answer.Failed++
			}
			answer.Results = append(answer.Results, ruleTestResult{
				Rule: r.Rule, Title: r.Title, Test: r.Test, File: r.File, Line: r.Line,
				Passed: len(r.Failures) == 0, Failures: append([]string{}, r.Failures...),
			})
		}
	}
	return answer, nil
}

func printRuleTests(p Process, a ruleTestAnswer) error {
	for _, r := range a.Results {
		if r.Passed {
			continue
		}
		fmt.Fprintf(p.Stdout, "FAIL %s:%d: %s: %s\n", r.File, r.Line, safe(r.Title), safe(r.Test))
		for _, f := range r.Failures {
			fmt.Fprintln(p.Stdout, "     "+safe(f))
		}
	}
	if len(a.Untested) > 0 {
		fmt.Fprintf(p.Stdout, "%s without a test: %s\n", counted(len(a.Untested), "rule"), safe(strings.Join(a.Untested, ", ")))
	}
	_, err := fmt.Fprintf(p.Stdout, "%s of %s, %d failed\n", counted(a.Tests, "test"), counted(a.Rules, "rule"), a.Failed)
	return err
}
