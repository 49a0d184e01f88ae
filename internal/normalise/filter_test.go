package normalise_test

import (
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

func TestDrops(t *testing.T) {
	t.Parallel()
	e := nightjar.Event{RecordType: 50, Operation: "MailItemsAccessed"}
	for name, c := range map[string]struct {
		filter nightjar.FeedFilter
		want   bool
	}{
		"the zero filter drops nothing":           {nightjar.FeedFilter{}, false},
		"a record type drops its events":          {nightjar.FeedFilter{DropRecordTypes: []int{2, 50}}, true},
		"another record type does not":            {nightjar.FeedFilter{DropRecordTypes: []int{2, 5}}, false},
		"an operation drops whatever its case":    {nightjar.FeedFilter{DropOperations: []string{"mailitemsaccessed"}}, true},
		"an operation is compared as a whole":     {nightjar.FeedFilter{DropOperations: []string{"MailItems"}}, false},
		"either of the two rules is enough":       {nightjar.FeedFilter{DropRecordTypes: []int{50}, DropOperations: []string{"X"}}, true},
		"an empty operation names no other event": {nightjar.FeedFilter{DropOperations: []string{""}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := normalise.Drops(c.filter, &e); got != c.want {
				t.Errorf("Drops is %v, want %v", got, c.want)
			}
		})
	}
}
