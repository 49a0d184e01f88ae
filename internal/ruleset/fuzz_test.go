package ruleset_test

import (
	"encoding/json"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// FuzzLoad holds that no file of rules or shapes makes reading fall over, that
// whatever is rejected has its file and a reason, and that making the
// events of tests does not either.
func FuzzLoad(f *testing.F) {
	for _, rules := range []string{spray, asked, askedTests, warningTests} {
		f.Add([]byte(rules), []byte(shapes))
	}
	f.Add([]byte("title: x\nnightjar: {parameters: {a: {value: [1, [2]]}}, tests: [{name: a, alerts: -1}]}\ndetection: {s: {a: '%a%'}, condition: s}"), []byte(shapes))
	f.Add([]byte(bare), []byte("a: &a {b: *a}\n"))
	f.Add([]byte("title: x\nquery: SELECT {{from}} {{to}}\nevery: 5m\nby: [a]\nnightjar: {tests: [{name: t, asked: 5m, rows: [{at: 1m}], alerts: 0}]}\n"), []byte("a: ~\n"))
	f.Add([]byte("title: x\nwarning: disk_low\nnightjar: {tests: [{name: t, warnings: [{code: disk_low}], alerts: 1}]}\n"), []byte("a: {b: [{Name: x}]}\n"))
	f.Add([]byte("title: x\nlogsource: {service: audit}\ndetection: {s: {a: 1}, condition: s}\nnightjar: {tests: [{name: t, events: [{shape: a, b: {x: ~, y: {Value: ~}}, c: ~}, {}, ~], alerts: 0}]}\n"), []byte("a: {b: [{Name: x, NewValue: 1}]}\n"))
	f.Fuzz(func(t *testing.T, rules, records []byte) {
		set, err := ruleset.Load([]ruleset.Folder{folder(map[string]string{"p/r.yml": string(rules), "shapes/s.yml": string(records)})}, ruleset.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range set.Faults {
			if fault.File == "" || fault.Err == nil || fault.Err.Message == "" || fault.Err.Code == "" || fault.Err.Code == "internal" {
				t.Errorf("fault %+v: %v", fault, fault.Err)
			}
		}
		for _, i := range set.Infos() {
			for _, test := range i.Tests {
				if test.Size < 100 {
					_, _ = test.Events()
					test.Rows()
				}
			}
		}
	})
}

// FuzzReadChanges holds that no file of changes makes reading fall over or is
// much more than it looks, and that whatever is refused has a reason.
func FuzzReadChanges(f *testing.F) {
	for _, text := range []string{wanted, aliased(20, 3), "changes: []\n---\n", "exceptions: [{rule: r, where: {a: {b: [1e20, <]}}, reason: r, until: 2027-01-01}]", "changes: [{<<: {what: mode}, rule: r, value: 'on'}]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := ruleset.ReadChanges(text)
		if code := nightjar.CodeOf(err); err != nil && (code == nightjar.CodeInternal || err.Error() == "") {
			t.Fatal(err)
		}
		size := 0
		for _, c := range read.Changes {
			value, _ := json.Marshal(c.Value)
			size += len(value)
		}
		for _, e := range read.Exceptions {
			where, _ := json.Marshal(e.Where)
			size += len(where)
		}
		if size > 8*len(text)+1000 {
			t.Errorf("%d bytes become %d", len(text), size)
		}
	})
}
