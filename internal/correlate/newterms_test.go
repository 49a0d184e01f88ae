package correlate_test

import (
	"testing"
	"time"
)

const day = 24 * time.Hour

func from(user, country string) string {
	return `"UserId":"` + user + `","nightjar":{"country":"` + country + `"}`
}

const newCountry = "new: {type: new_terms, rules: [a], group-by: [UserId], timespan: 14d, condition: {field: nightjar.country}}"

func TestACountryIsNewOnceAndOnlyAfterTheUserWasLearned(t *testing.T) {
	t.Parallel()
	b := setup(t, newCountry)
	var got []string
	for _, e := range []struct {
		at      time.Duration
		country string
	}{
		{0, "DE"}, {2 * day, "FR"}, {6 * day, "DE"}, // the first week is for learning
		{8 * day, "de"}, {8 * day, "CH"}, {9 * day, "CH"},
		{17 * day, "FR"}, // not seen for 15 days, while the user went on
	} {
		got = append(got, b.see(e.at, "a", from("x", e.country)))
	}
	expect(t, got, "", "", "", "", "new x 192h0m0s-192h0m0s x1", "", "new x 408h0m0s-408h0m0s x1")
}
