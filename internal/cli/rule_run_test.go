package cli

import (
	"bytes"
	"slices"
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
	source := auditLog(t)
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

func auditLog(t *testing.T) *sigma.Source {
	t.Helper()
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	source, err := catalogue.Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestBeyondWhatFitsEventsAreCorrelatedAsTheyCome(t *testing.T) {
	t.Parallel()
	rules := sigma.Parse("r.yml", []byte(`title: Any
name: any
logsource: {product: m365}
detection: {s: {Operation: X}, condition: s}
---
title: Two
id: two
correlation: {type: event_count, rules: [any], group-by: [UserId], timespan: 1h, condition: {gte: 2}}
`), nil)
	rules.Resolve()
	c, err := newCorrelating(rules, auditLog(t))
	if err != nil {
		t.Fatal(err)
	}
	c.keeping, c.mostEvents = true, 3
	var found []string
	for _, at := range []string{"05T10:10", "05T10:00", "02T10:00", "05T11:30", "05T11:40", "02T10:05"} {
		line := `{"Operation":"X","UserId":"a","CreationTime":"2026-01-` + at + `:00"}`
		hits, err := c.says([]byte(line), []int{0}, func() string { return at })
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hits {
			found = append(found, h.Event)
		}
	}
	if _, err := c.end(); err != nil {
		t.Fatal(err)
	}
	// The first three were sorted; of the others the last came too late.
	if want := []string{"05T10:10", "05T11:40"}; !slices.Equal(found, want) || c.sorted != 3 || c.late() != 1 {
		t.Errorf("found %v, want %v; %d sorted, %d late", found, want, c.sorted, c.late())
	}
}
