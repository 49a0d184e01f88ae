package journal

import (
	"cmp"
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
