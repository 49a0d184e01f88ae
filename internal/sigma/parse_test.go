package sigma_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// head is four lines; what a test adds begins in the fifth.
const head = "title: t\nid: r1\nlogsource: {product: m365}\ndetection:\n"

func TestWhatCannotBeRunIsRejectedWithItsLineAndReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule string
		line int
		code nightjar.Code
		says string
	}{
		"unknown modifier":         {head + "  s: {a|contain: x}\n  condition: s", 5, nightjar.CodeInvalid, `"contain" of a is no modifier`},
		"unresolved placeholder":   {head + "  s:\n    a: x\n    b|expand: 'x%Admins%'\n  condition: s", 7, nightjar.CodeNotFound, "%Admins%"},
		"lookahead":                {head + "  s:\n    a|re:\n      - ok\n      - '(?=x)y'\n  condition: s", 8, nightjar.CodeInvalid, "RE2"},
		"back reference":           {head + "  s: {a|re: '(x)\\1'}\n  condition: s", 5, nightjar.CodeInvalid, "RE2"},
		"unknown identifier":       {head + "  s: {a: x}\n  condition: s and tea", 6, nightjar.CodeNotFound, `"tea"`},
		"no identifier fits":       {head + "  s: {a: x}\n  condition: 1 of f_*", 6, nightjar.CodeNotFound, "f_*"},
		"aggregation":              {head + "  s: {a: x}\n  condition: s | count() > 5", 6, nightjar.CodeInvalid, "correlation"},
		"parenthesis":              {head + "  s: {a: x}\n  condition: (s", 6, nightjar.CodeInvalid, "closing parenthesis"},
		"leftover":                 {head + "  s: {a: x}\n  condition: s s", 6, nightjar.CodeInvalid, "not expected"},
		"empty condition":          {head + "  s: {a: x}\n  condition: ''", 6, nightjar.CodeInvalid, "empty"},
		"no condition":             {head + "  s: {a: x}", 4, nightjar.CodeInvalid, "condition is missing"},
		"deep condition":           {head + "  s: {a: x}\n  condition: " + strings.Repeat("(", 200) + "s", 6, nightjar.CodeLimit, "deeper"},
		"no title":                 {"logsource: {product: m365}\ndetection:\n  s: {a: x}\n  condition: s", 1, nightjar.CodeInvalid, "title"},
		"no logsource":             {"title: t\ndetection:\n  s: {a: x}\n  condition: s", 1, nightjar.CodeInvalid, "logsource"},
		"neither kind":             {"title: t\nlogsource: {product: m365}", 1, nightjar.CodeInvalid, "detection, correlation and filter"},
		"level":                    {"title: t\nlevel: hihg\nlogsource: {product: m365}\ndetection:\n  s: {a: x}\n  condition: s", 2, nightjar.CodeInvalid, "hihg"},
		"key twice":                {head + "  s:\n    a: x\n    a: y\n  condition: s", 7, nightjar.CodeInvalid, "twice"},
		"nested mapping":           {head + "  s:\n    a:\n      b: x\n  condition: s", 6, nightjar.CodeInvalid, "PARENT.CHILD"},
		"empty list":               {head + "  s: {a: []}\n  condition: s", 5, nightjar.CodeInvalid, "empty list"},
		"no number":                {head + "  s: {a|gt: many}\n  condition: s", 5, nightjar.CodeInvalid, "number"},
		"no network":               {head + "  s: {a|cidr: 10.0.0.0/40}\n  condition: s", 5, nightjar.CodeInvalid, "network"},
		"no hour":                  {head + "  s: {a|hour: 25}\n  condition: s", 5, nightjar.CodeInvalid, "hour"},
		"exists of a text":         {head + "  s: {a|exists: 'yes'}\n  condition: s", 5, nightjar.CodeInvalid, "true or false"},
		"null with a modifier":     {head + "  s: {a|contains: null}\n  condition: s", 5, nightjar.CodeInvalid, "null"},
		"encoded wildcard":         {head + "  s: {a|base64: 'x*'}\n  condition: s", 5, nightjar.CodeInvalid, "wildcards"},
		"bytes that are no text":   {head + "  s: {a|utf16: x}\n  condition: s", 5, nightjar.CodeInvalid, "no text"},
		"flag without expression":  {head + "  s: {a|i: x}\n  condition: s", 5, nightjar.CodeInvalid, "follow re"},
		"empty keyword":            {head + "  s: ['']\n  condition: s", 5, nightjar.CodeInvalid, "keyword"},
		"too many variants":        {head + "  s: {a|windash: '-a -b -c -d -e -f -g -h'}\n  condition: s", 5, nightjar.CodeLimit, "variants"},
		"foreign taxonomy":         {"title: t\ntaxonomy: ecs\nlogsource: {product: m365}\ndetection:\n  s: {a: x}\n  condition: s", 2, nightjar.CodeInvalid, "taxonomy"},
		"not YAML":                 {"title: t\n  x: [", 2, nightjar.CodeInvalid, "YAML"},
		"list":                     {"- title: t", 1, nightjar.CodeInvalid, "mapping"},
		"merge key":                {"x: &a {b: c}\ntitle: t\nlogsource: {product: m365}\ndetection:\n  s:\n    <<: *a\n  condition: s", 6, nightjar.CodeInvalid, "merge"},
		"correlation without span": {"title: t\ncorrelation:\n  type: event_count\n  rules: [r]\n  condition: {gte: 1}", 2, nightjar.CodeInvalid, "timespan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := sigma.Parse("dir/rule.yml", []byte(c.rule), nil)
			if len(read.Rules)+len(read.Correlations)+len(read.Filters) != 0 || len(read.Faults) != 1 {
				t.Fatalf("%d rules are loaded, faults %v", len(read.Rules), read.Faults)
			}
			f := read.Faults[0]
			if f.File != "dir/rule.yml" || f.Line != c.line || f.Err.Code != c.code || !strings.Contains(f.Err.Message, c.says) {
				t.Errorf("line %d, code %s: %v; want line %d, code %s, and %q in it", f.Line, f.Err.Code, f, c.line, c.code, c.says)
			}
		})
	}
}

func TestPlaceholdersBecomeTheirValues(t *testing.T) {
	t.Parallel()
	rule := head + "  s: {UserId|expand: '%Admins%', a|expand: '\\%plain\\%', b|contains|expand: 'x%Admins%y'}\n  condition: s"
	c := sigma.Parse("r.yml", []byte(rule), map[string][]string{"Admins": {"root", "adm*"}})
	if len(c.Faults) > 0 {
		t.Fatal(c.Faults[0])
	}
	for event, want := range map[string]bool{
		`{"UserId":"ROOT","a":"%plain%","b":"..xrooty.."}`: true,
		`{"UserId":"admin7","a":"%plain%","b":"xadmy"}`:    true,
		`{"UserId":"eve","a":"%plain%","b":"xrooty"}`:      false,
		`{"UserId":"root","a":"plain","b":"xrooty"}`:       false,
	} {
		if got := len(match(t, c.Rules, event)) == 1; got != want {
			t.Errorf("%s: %v", event, got)
		}
	}
}

func catalogue(t testing.TB) *sigma.Catalogue {
	t.Helper()
	c, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// match evaluates rules plainly over an event of the audit log.
func match(t *testing.T, rules []*sigma.Rule, event string) []int {
	t.Helper()
	ual, err := catalogue(t).Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	e, err := sigma.Decode([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return sigma.NewPlain(ual, rules).Match(e)
}

func TestOneFileHoldsManyDocuments(t *testing.T) {
	t.Parallel()
	file := "action: global\ntitle: both\nlogsource: {product: m365}\ndetection:\n  condition: s\n" +
		"---\nid: one\ndetection:\n  s: {a: 1}\n---\nid: two\ndetection:\n  s: {a: 2}\n---\n" +
		"action: reset\n---\ntitle: broken\n---\ntitle: alone\nid: three\nlogsource: {product: m365}\ndetection:\n  s: {a: 3}\n  condition: s\n"
	c := sigma.Parse("many.yml", []byte(file), nil)
	var ids []string
	for _, r := range c.Rules {
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, []string{"one", "two", "three"}) || len(c.Faults) != 1 || c.Faults[0].Rule != "broken" {
		t.Errorf("rules %q, faults %v", ids, c.Faults)
	}
	if got := match(t, c.Rules, `{"a":2}`); !slices.Equal(got, []int{1}) {
		t.Errorf("matches %v, want the second rule alone", got)
	}
}

func TestFiltersTakeEventsFromTheRulesTheyName(t *testing.T) {
	t.Parallel()
	rules := head + "  s: {Operation: x}\n  condition: s\n---\n" + strings.Replace(head, "r1", "r2", 1) + "  s: {Operation: x}\n  condition: s\n"
	filter := func(rules, condition string) string {
		return "---\ntitle: f\nlogsource: {product: m365}\nfilter:\n  rules: " + rules + "\n  ours: {UserId|startswith: adm_}\n  condition: " + condition + "\n"
	}
	for name, c := range map[string]struct {
		filter string
		want   []int // of the event of an administrator
	}{
		"one rule, what is taken away": {filter("[r1]", "ours"), []int{1}},
		"one rule, what is kept":       {filter("[r1]", "not ours"), []int{1}},
		"any":                          {filter("any", "ours"), nil},
		"other rule":                   {filter("[r3]", "ours"), []int{0, 1}},
		"other log source":             {strings.Replace(filter("any", "ours"), "m365", "azure", 1), []int{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := sigma.Parse("f.yml", []byte(rules+c.filter), nil)
			read.Resolve()
			if got := match(t, read.Rules, `{"Operation":"x","UserId":"adm_eve"}`); !slices.Equal(got, c.want) {
				t.Errorf("matches %v, want %v (%v)", got, c.want, read.Faults)
			}
			if got := match(t, read.Rules, `{"Operation":"x","UserId":"eve"}`); len(got) != 2 {
				t.Errorf("the filter takes away what it does not name: %v", got)
			}
		})
	}
}

func TestTwoRulesWithOneIDBothRunAndAreNamed(t *testing.T) {
	t.Parallel()
	rule := head + "  s: {a: 1}\n  condition: s\n"
	c := sigma.Parse("twins.yml", []byte(rule+"---\n"+rule), nil)
	c.Resolve()
	if len(c.Rules) != 2 || len(c.Faults) != 1 || !c.Faults[0].Warning || len(c.Rejected()) != 0 {
		t.Errorf("%d rules, faults %v", len(c.Rules), c.Faults)
	}
}
