package journal

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
)

func TestWhatIsAppendedComesBackByteForByte(t *testing.T) {
	t.Parallel()
	j := setup(t, func(c *Config) { c.RowGroupRows = 100 })
	want := newGenerator(1).events(350, testDay, time.Hour)
	want[7].Raw = []byte(`{"Id":"x\u00e9é","n":1e400}`)
	want[8] = nightjar.Event{Tenant: testTenant, ID: "bare", Table: nightjar.TableGeneral, Time: testDay, Raw: []byte("{}")}
	r := add(t, j, want)
	if r.Stored != 350 || r.Duplicates != 0 || r.Seq != 1 || r.Segment != 1 {
		t.Fatalf("receipt %+v", r)
	}
	got := all(t, j)
	for i := range want {
		want[i].Seq = 1
	}
	byID := func(a, b nightjar.Event) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(want, byID)
	slices.SortFunc(got, byID)
	if len(got) != len(want) {
		t.Fatalf("%d events came back, want %d", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("event %d differs:\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
}

func TestCommitTellsOfItself(t *testing.T) {
	t.Parallel()
	j := setup(t)
	events := newGenerator(1).events(3, testDay, time.Hour)
	var told []Receipt
	batch := Batch{Tenant: testTenant, Sources: []Source{{Events: events}}, Log: func(r Receipt) ([]nightjar.Event, error) {
		told = append(told, r)
		e, err := nightjar.PipelineRecord{ID: fmt.Sprint("row", len(told)), Time: testDay, Tenant: testTenant, Action: nightjar.PipelineStored}.Event(testDay)
		return []nightjar.Event{e}, err
	}}
	for range 2 {
		if _, err := j.Append(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if told[0].Stored != 3 || told[1].Stored != 0 || told[1].Duplicates != 3 {
		t.Errorf("the commits were %+v", told)
	}
	rows := 0
	err := j.Export(t.Context(), ExportFilter{Tenant: testTenant, Tables: []nightjar.Table{nightjar.TableCollectorsOut}}, func(e nightjar.Event) error {
		rows++
		return nil
	})
	if err != nil || rows != 2 {
		t.Errorf("%d rows are stored: %v", rows, err)
	}
	batch.Log = func(Receipt) ([]nightjar.Event, error) { return events[:1], nil }
	if _, err := j.Append(t.Context(), batch); err == nil {
		t.Error("an audit event passed as a row that tells of a commit")
	}
}
