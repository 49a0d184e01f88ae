package ruleset_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

const asked = `title: Asked
id: asked
level: low
every: 5m
lookback: 15m
query: "SELECT user_id, count(*) AS n FROM management WHERE time >= {{from}} AND time < {{to}} AND user_id IN %who% AND x LIKE '%y%' AND time > now() - %far% HAVING count(*) > %least%"
by: [user_id]
value: n
condition: {gte: 3}
nightjar:
  parameters:
    who: {value: ["o'hara", b]}
    far: {value: 2h}
    least: {value: 7}
`

func TestAQuestionIsWrittenWithItsSpanAndParameters(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{"p/r.yml": asked})
	info := set.Info("asked")
	if len(set.Faults) > 0 || info == nil || info.Kind != ruleset.Query || !info.Alerts || info.Scheduled.Lookback != 15*time.Minute {
		t.Fatalf("faults %v, rule %+v", set.Faults, info)
	}
	from := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	sql, err := info.SQL(func(name string) any { return set.Value(info, name, contoso) }, from, from.Add(15*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := "time >= TIMESTAMP '2026-01-05 09:00:00.000000' AND time < TIMESTAMP '2026-01-05 09:15:00.000000' AND user_id IN ('o''hara', 'b') AND x LIKE '%y%' AND time > now() - INTERVAL '7200 seconds' HAVING count(*) > 7"
	if !strings.HasSuffix(sql, want) {
		t.Errorf("asked is %s", sql)
	}
}

func TestWhatIsWrongWithAQuestionIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, says string }{
		"a key":                {"lookback:", "lookbak:", `"lookbak" is no key of a rule that is asked on time; did you mean "lookback"?`},
		"what would be missed": {"lookback: 15m", "lookback: 1m", "shorter than every"},
		"no span":              {"{{to}}", "now()", "needs {{from}} and {{to}}"},
		"no key of findings":   {"by: [user_id]\n", "", "by names the columns"},
		"a value alone":        {"condition: {gte: 3}\n", "", "both or neither"},
		"an operator":          {"{gte: 3}", "{ge: 3}", `did you mean "gt"?`},
		"both kinds":           {"by:", "warning: disk_full\nby:", "and not both"},
		"no parameter":         {"> %least%", "> %lest%", `ours/p/r.yml:6: %lest% is no parameter of this rule; did you mean "least"?`},
		"one in a condition":   {"{gte: 3}", "{gte: '%least%'}", "%least% stands in condition: parameters of such a rule stand in its query alone"},
		"one in a span":        {"lookback: 15m", "lookback: '%far%'", "%far% stands in lookback"},
		"too often":            {"every: 5m", "every: 1s", "10s at least"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := load(t, map[string]string{"p/r.yml": strings.Replace(asked, c.from, c.to, 1)})
			if len(set.Faults) != 1 || !strings.Contains(set.Faults[0].String(), c.says) || set.Info("asked") != nil {
				t.Errorf("faults %v, want %q", set.Faults, c.says)
			}
		})
	}
}

func TestOnlyWhatStandsOutsideOfQuotesIsAParameter(t *testing.T) {
	t.Parallel()
	query := "|\n  SELECT '%x%', \"%y%\", 'it''s %z%' -- %c%\n  /* %d%\n  */ FROM t WHERE time >= {{from}} AND time < {{to}}\n  AND a > %least%\n  AND b > %last%"
	before, rest, _ := strings.Cut(asked, "query: ")
	_, after, _ := strings.Cut(rest, "\nby:")
	text := before + "query: " + query + "\nby:" + after
	set := load(t, map[string]string{"p/r.yml": text})
	if len(set.Faults) != 1 || !strings.HasPrefix(set.Faults[0].String(), `ours/p/r.yml:11: %last% is no parameter of this rule; did you mean "least"?`) {
		t.Errorf("faults %v", set.Faults)
	}
}
