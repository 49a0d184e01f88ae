package sigma_test

import (
	"slices"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

func TestAFieldIsReadFromTheFirstPlaceThatHasIt(t *testing.T) {
	t.Parallel()
	c, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	ual, err := c.Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	raw := `{"UserId":"a@b.c","ClientIP":"","Size":8.0,"Operation":"Update user.","Parameters":[{"Name":"ForwardTo","Value":"x@y.z"},{"Name":"ForwardTo","Value":"x@y.z"}],` +
		`"Target":[{"ID":"one"},{"ID":"two"}],"a":{"b":[1e0,1.0,null,true,"é\u0001"]}}`
	e, err := sigma.Decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	again, err := sigma.Decode(e.AppendJSON(nil))
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string][]string{
		"UserId": {"a@b.c"}, "userid": {"a@b.c"}, "ClientIP": nil, "Size": {"8"}, "ActivityDisplayName": {"Update user"}, "Operation": {"Update user."},
		"Parameters.ForwardTo": {"x@y.z"}, "Target.ID": {"one", "two"}, "a.b": {"1", "true", "é\u0001"}, "absent": nil, "": nil,
	} {
		if got := ual.Values(e, field); !slices.Equal(got, want) {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
		if got := ual.Values(again, field); !slices.Equal(got, want) {
			t.Errorf("%s is %q once written and read again, want %q", field, got, want)
		}
	}
}
