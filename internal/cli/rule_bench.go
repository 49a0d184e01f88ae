package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/sigma/index"
)

// maxBenchBytes is how much of a file rule bench keeps in memory.
const maxBenchBytes = 256 << 20

// ruleBenchAnswer is rule bench --json.
type ruleBenchAnswer struct {
	Source         string  `json:"source"`
	Rules          int     `json:"rules"`
	Events         int     `json:"events"`
	Predicates     int     `json:"predicates"`
	Matches        int     `json:"matches"`
	CompileSeconds float64 `json:"compile_seconds"`
	IndexPerSecond float64 `json:"index_events_per_second"`
	PlainPerSecond float64 `json:"plain_events_per_second"`
}

func newRuleBench(p Process) *cobra.Command {
	var (
		flags   ruleFlags
		seconds float64
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "bench", Short: "Measure how many events a second your rules take on one core", Args: noArguments,
		Long: `Matches the events of a file again and again on one core, with the index that Nightjar
uses and with the plain evaluator that tests hold it to, and checks that both find the same.
Time is that of the clock: on a busy machine the figures are lower than the processor's.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if seconds < 0 {
				return usageError("e.g. --seconds 3", "--seconds %g is no time to measure", seconds)
			}
			rules, bound, err := flags.bound(p, cmd)
			if err != nil {
				return err
			}
			in, err := openInput(p, flags.input)
			if err != nil {
				return err
			}
			defer in.Close()
			events, err := readBenchEvents(in, flags.input)
			if err != nil {
				return err
			}
			answer, err := benchRules(bound, rules.Rules, events, time.Duration(seconds*float64(time.Second)), newProgress(p))
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(p, answer)
			}
			_, err = fmt.Fprintf(p.Stdout, "%s of source %s, %s, %d distinct tests, compiled in %.3f s\nindex  %.0f events/s\nplain  %.0f events/s\nBoth find the same: %d matches.\n",
				counted(answer.Rules, "rule"), answer.Source, counted(answer.Events, "event"), answer.Predicates, answer.CompileSeconds,
				answer.IndexPerSecond, answer.PlainPerSecond, answer.Matches)
			return err
		},
	}
	flags.addInput(cmd)
	cmd.Flags().Float64Var(&seconds, "seconds", 3, "how long to measure each")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// readBenchEvents reads the events that are valid, up to maxBenchBytes.
func readBenchEvents(in io.Reader, name string) ([][]byte, error) {
	var events [][]byte
	size := 0
	lines := newLineReader(in)
	for size < maxBenchBytes {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && nightjar.CodeOf(err) != nightjar.CodeLimit {
			return nil, err
		}
		if _, invalid := sigma.Decode(line); err == nil && invalid == nil {
			events = append(events, append([]byte(nil), line...))
			size += len(line)
		}
	}
	if len(events) == 0 {
		return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: name + " has no events"}
	}
	return events, nil
}

func benchRules(source *sigma.Source, rules []*sigma.Rule, events [][]byte, each time.Duration, progress *progress) (ruleBenchAnswer, error) {
	defer progress.end()
	now := clock.Real().Now
	start := now()
	set := index.Compile([]*sigma.Source{source}, rules)
	stats := set.Stats(source.Name)
	answer := ruleBenchAnswer{
		Source: source.Name, Rules: stats.Rules, Events: len(events), Predicates: stats.Predicates, CompileSeconds: now().Sub(start).Seconds(),
	}
	matcher, plain := set.NewMatcher(), sigma.NewPlain(source, rules)
	progress.say("comparing the two evaluators")
	for _, raw := range events {
		found, err := matcher.Match(source.Name, raw)
		if err != nil {
			return answer, err
		}
		event, err := sigma.Decode(raw)
		if err != nil {
			return answer, err
		}
		if want := plain.Match(event); len(found) != len(want) {
			return answer, &nightjar.Error{Code: nightjar.CodeInternal, Message: fmt.Sprintf("the index finds %d matches and the plain evaluator %d in %s", len(found), len(want), raw)}
		}
		answer.Matches += len(found)
	}
	rate := func(what string, match func(raw []byte) error) (float64, error) {
		progress.say("measuring the %s", what)
		count, start := 0, now()
		for {
			for range 64 {
				if err := match(events[count%len(events)]); err != nil {
					return 0, err
				}
				count++
			}
			if took := now().Sub(start); took >= each {
				return float64(count) / took.Seconds(), nil
			}
		}
	}
	var errs [2]error
	answer.IndexPerSecond, errs[0] = rate("index", func(raw []byte) error {
		_, err := matcher.Match(source.Name, raw)
		return err
	})
	answer.PlainPerSecond, errs[1] = rate("plain evaluator", func(raw []byte) error {
		event, err := sigma.Decode(raw)
		if err == nil {
			plain.Match(event)
		}
		return err
	})
	return answer, errors.Join(errs[:]...)
}
