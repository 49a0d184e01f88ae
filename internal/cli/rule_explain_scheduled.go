package cli

import (
	"fmt"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// explainScheduled says what a rule asks that is asked on time, or which
// warnings it takes up.
func explainScheduled(p Process, i *ruleset.Info, here ...[2]string) {
	line := func(format string, args ...any) { fmt.Fprintln(p.Stdout, safe(fmt.Sprintf(format, args...))) }
	explainMeta(line, i.Meta, here...)
	s := i.Scheduled
	if s.Query == "" {
		codes := make([]string, len(s.Warnings))
		for n, w := range s.Warnings {
			codes[n] = string(w)
		}
		line("\nIt finds something while one of these warnings is out: %s", strings.Join(codes, ", "))
		return
	}
	line("\nEvery %s it asks of the last %s:\n", spoken(s.Every), spoken(s.Lookback))
	for text := range strings.Lines(strings.TrimSpace(s.Query)) {
		line("  %s", strings.TrimRight(text, "\n"))
	}
	if s.Value == "" {
		line("\nEach row is something found.")
	} else {
		bounds := make([]string, len(s.Bounds))
		for n, b := range s.Bounds {
			bounds[n] = bound(b.Op, b.Value)
		}
		line("\nA row is something found when %s is %s.", s.Value, strings.Join(bounds, " and "))
	}
	if len(s.By) > 0 {
		line("It is one finding for each %s.", strings.Join(s.By, " and "))
	}
}
