package correlate_test

import (
	"testing"
	"time"
)

const minute = time.Minute

func TestACountIsReachedWithinItsTimespanAndKey(t *testing.T) {
	t.Parallel()
	b := setup(t, "many: {type: event_count, rules: [a], group-by: [UserId], timespan: 10m, condition: {gte: 3}}")
	var got []string
	for _, e := range []struct {
		at        time.Duration
		operation string
		user      string
	}{
		{0, "a", "x"}, {minute, "a", "Y"}, {2 * minute, "b", "x"}, {9 * minute, "a", "X"}, {11 * minute, "a", "x"}, // 0 is out of the window of 11
		{19 * minute, "a", "x"},                          // 9, 11, 19
		{19 * minute, "a", "x"}, {19 * minute, "a", "x"}, // part of that finding
		{20 * minute, "a", "x"}, {20 * minute, "a", "x"}, {25 * minute, "a", "x"}, // the next
	} {
		got = append(got, b.see(e.at, e.operation, user(e.user)))
	}
	expect(t, got, "", "", "", "", "", "many x 9m0s-19m0s x3", "", "", "", "", "many x 20m0s-25m0s x3")
}
