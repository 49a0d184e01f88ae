package alert

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func TestTheCatalogKeepsTheNewestFindingsOfAnAlertWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var many []nightjar.Finding
	for n := range keepWhole + 2*prunePage + 7 {
		f := finding("r-spray", "anna@contoso.com", n/60)
		f.ID = nightjar.FindingID("many", fmt.Sprint(n))
		many = append(many, f)
	}
	b.record(many...)
	whole := func() (whole, rows int) {
		t.Helper()
		if err := b.keeper.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		cursor := ""
		for {
			found, next, err := b.keeper.Findings(t.Context(), nil, b.all()[0].ID, cursor, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if whole += len(found); next == "" {
				break
			}
			cursor = next
		}
		if err := b.db.NewRaw("SELECT count(*) FROM alert_findings").Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		return whole, rows
	}
	if n, _ := whole(); n != len(many) {
		t.Errorf("%d findings are whole, and none is copied", n)
	}
	if _, err := b.db.ExecContext(t.Context(), "UPDATE alert_counters SET copied_finding = finding, copied_revision = revision"); err != nil {
		t.Fatal(err)
	}
	if n, rows := whole(); n != keepWhole || rows != len(many) {
		t.Errorf("%d findings of %d are whole", n, rows)
	}
	b.record(many[:10]...) // again: they are still known
	if a := b.all()[0]; len(b.all()) != 1 || a.Findings != int64(len(many)) {
		t.Errorf("%d findings are counted", a.Findings)
	}
	_, alerts, moments, err := b.keeper.Incident(t.Context(), nil, b.all()[0].Incident)
	if err != nil || len(alerts) != 1 || len(moments) == 0 || moments[0].Text == "" {
		t.Errorf("%d alerts, %d moments, %v", len(alerts), len(moments), err)
	}
	if _, err := b.db.ExecContext(t.Context(), "UPDATE alert_findings SET recorded = ?", time.Now().Add(-100*day).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if n, rows := whole(); n != keepWhole || rows != keepWhole {
		t.Errorf("%d findings of %d are whole after a hundred days", n, rows)
	}
}
