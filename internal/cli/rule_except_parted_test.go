package cli

import (
	"slices"
	"testing"
)

func TestACommaOfATextDoesNotPartIt(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{
		"a,b":    {"a", "b"},
		`a\,b,c`: {"a,b", "c"},
		`a\\,b`:  {`a\\`, "b"},
		`a\\\,b`: {`a\\,b`},
		`\*\`:    {`\*\`},
		"":       {""},
		"a,":     {"a", ""},
	} {
		if got := parted(value); !slices.Equal(got, want) {
			t.Errorf("%s is parted into %q, want %q", value, got, want)
		}
	}
}
