package ruleset_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func TestAnExceptionOfWhateverValueIsWarnedOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		where map[string]any
		wide  bool
	}{
		"a wildcard":                     {map[string]any{"UserId": "*"}, true},
		"in a list":                      {map[string]any{"UserId": []any{"x@contoso.com", "*"}}, true},
		"two of them":                    {map[string]any{"UserId": "*", "ClientIP|contains": "**"}, true},
		"the field is there":             {map[string]any{"UserId|exists": true}, true},
		"as the command line says it":    {map[string]any{"UserId|exists": []any{"true"}}, true},
		"any text":                       {map[string]any{"UserId|re": ".*"}, true},
		"any address":                    {map[string]any{"ClientIP|cidr": []any{"0.0.0.0/0", "::/0"}}, true},
		"any address of one family":      {map[string]any{"ClientIP|cidr": "0.0.0.0/0"}, false},
		"the field is not there":         {map[string]any{"UserId|exists": false}, false},
		"one who is named":               {map[string]any{"UserId": "x@contoso.com"}, false},
		"beside another that narrows":    {map[string]any{"UserId": "*", "ClientIP": "192.0.2.1"}, false},
		"all of a list":                  {map[string]any{"UserId|contains|all": []any{"*", "svc"}}, false},
		"a star that is meant as itself": {map[string]any{"UserId": `\*`}, false},
		"an empty value":                 {map[string]any{"UserId": ""}, false},
		"a number":                       {map[string]any{"ErrorNumber": int64(50126)}, false},
		"a comparison":                   {map[string]any{"Count|gte": int64(0)}, false},
	} {
		said := ruleset.Exception{Where: c.where}.Warning(now)
		if (said != "") != c.wide || c.wide && !strings.Contains(said, "every event that has ") {
			t.Errorf("%s: %q", name, said)
		}
	}
	if said := (ruleset.Exception{Where: map[string]any{"UserId": "*"}, Until: now.Add(-time.Hour)}).Warning(now); said != "" {
		t.Errorf("of one that has ended is said %q", said)
	}
	want := "it takes away every event that has ClientIP and UserId, whatever the value: the rule may find nothing any more"
	if got := (ruleset.Exception{Where: map[string]any{"UserId": "*", "ClientIP|exists": true}}).Warning(now); got != want {
		t.Errorf("said is %q", got)
	}
}
