package cli

import (
	"bytes"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

func TestAnEventThatCannotBeStoredIsAskedAllTheSame(t *testing.T) {
	t.Parallel()
	rules := sigma.Parse("r.yml", []byte(`title: Any
id: any
logsource: {product: m365}
detection: {s: {Operation: X}, o: {nightjar.user: nobody}, condition: s or o}
`), nil)
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	source, err := catalogue.Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	var out, told bytes.Buffer
	p := Process{Stdout: &out, Stderr: &told}
	in := bytes.NewBufferString("{\"Id\":\"e1\",\"Operation\":\"X\",\"Y\":\"\xff\"}\n")
	ran, err := runRules(t.Context(), p, in, "-", rules, source)
	if err != nil || ran.unread != 0 || out.String() != "{\"rule\":\"any\",\"event\":\"e1\"}\n" {
		t.Errorf("unread %d, %v, %s", ran.unread, err, out.String())
	}
	if want := "1 event asked without the fields nightjar.*: what is not UTF-8 cannot be stored\n"; told.String() != want {
		t.Errorf("told %q, want %q", told.String(), want)
	}
}
