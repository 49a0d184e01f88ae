package detect

import (
	"hash/maphash"
	"strconv"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

// A rule that finds something in each event must not fill the memory.
func TestABacktestTellsSoManyAlertsApart(t *testing.T) {
	t.Parallel()
	r := &ruleTally{days: map[time.Time]int64{}, alerts: map[uint64]bool{}}
	x := &Tally{rules: map[string]*ruleTally{"r": r}, seed: maphash.MakeSeed()}
	for i := range backtestAlerts + 10 {
		if err := x.Add(nightjar.Finding{Rule: "r", Fingerprint: strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.alerts) != backtestAlerts || r.Findings != backtestAlerts+10 {
		t.Errorf("it keeps %d of %d", len(r.alerts), r.Findings)
	}
}
