package alert

import (
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestManyFindingsOfOneFingerprintAreOneAlert(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var many []nightjar.Finding
	for n := range 10_000 {
		f := finding("r-spray", "anna@contoso.com", n/60)
		f.ID = nightjar.FindingID("many", f.ID, string(rune('a'+n%26)), f.Reason, f.Time.String(), string(rune(n)))
		many = append(many, f)
	}
	for i := 0; i < len(many); i += 333 {
		b.record(many[i:min(i+333, len(many))]...)
	}
	b.record(many[:500]...) // again, as after a crash
	all := b.all()
	if len(all) != 1 || all[0].Findings != 10_000 || all[0].Count != 10_000 || !all[0].First.Equal(monday) || !all[0].Last.Equal(many[9_999].Time) {
		t.Fatalf("%d alerts, the first %+v", len(all), all[0])
	}
}
