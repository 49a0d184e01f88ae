package ruleset

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

// TestNamesOfRulesAndPacksAreSettled names a rule of those that ship.
func TestNamesOfRulesAndPacksAreSettled(t *testing.T) {
	t.Parallel()
	keeper, err := New(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	set := keeper.Current()
	names := Names{Set: set, Kept: func(rule, pack string) (bool, error) { return rule == "gone" || pack == "former", nil }}
	one := set.Infos()[0]
	for ref, want := range map[string]string{one.Label(): one.Label(), strings.ToUpper(one.Title): one.Label(), "gone": "gone"} {
		if got, err := names.Rule(ref); got != want || err != nil {
			t.Errorf("Rule(%q) is %q, %v", ref, got, err)
		}
	}
	for ref, want := range map[string]string{"exchange": "exchange", "Exchange": "exchange", "former": "former"} {
		if got, err := names.Pack(ref); got != want || err != nil {
			t.Errorf("Pack(%q) is %q, %v", ref, got, err)
		}
	}
	_, rule := names.Rule(one.Title + "x")
	if nightjar.CodeOf(rule) != nightjar.CodeInvalid || !strings.Contains(nightjar.HintOf(rule), one.Label()) {
		t.Errorf("%v: %s", rule, nightjar.HintOf(rule))
	}
	if err := names.Settle(nil, []string{"exchange", "exchagne"}); !strings.Contains(nightjar.HintOf(err), `"exchange"`) {
		t.Errorf("%v: %s", err, nightjar.HintOf(err))
	}
}
