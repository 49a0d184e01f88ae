package spelling

import "testing"

func TestNearestFindsWhatWasMeantOrNothing(t *testing.T) {
	t.Parallel()
	columns := []string{"operation", "user_id", "client_ip", "time"}
	for word, want := range map[string]string{
		"oeration": "operation",
		"userid":   "user_id",
		"tme":      "time",
		"mailbox":  "",
		"":         "",
	} {
		if got := Nearest(word, columns); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestAHintNamesWhatWasMeantOrAllThatThereIs(t *testing.T) {
	t.Parallel()
	words := []string{"new", "acknowledged", "closed"}
	for word, want := range map[string]string{
		"New": `did you mean "new"?`, "acknowledgd": `did you mean "acknowledged"?`, "whatever": "there are new, acknowledged, closed",
	} {
		if got := Hint(word, words); got != want {
			t.Errorf("Hint(%q) = %q, want %q", word, got, want)
		}
	}
}
