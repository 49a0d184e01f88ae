package ruleset_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

func folder(files map[string]string) ruleset.Folder {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return ruleset.Folder{Name: "ours", FS: tree}
}

func load(t *testing.T, files map[string]string) *ruleset.Set {
	t.Helper()
	set, err := ruleset.Load([]ruleset.Folder{folder(files)}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const spray = `title: Failed sign-in
name: failed
id: base
logsource: {product: m365, service: audit}
detection:
  fail: {Operation: UserLoginFailed, ErrorNumber: '%codes%'}
  condition: fail
---
title: Spray
id: spray
level: high
correlation:
  type: value_count
  rules: [failed]
  group-by: [ClientIP]
  timespan: '%window%'
  condition: {field: UserId, gte: '%users%'}
nightjar:
  entities: {address: ClientIP}
  reason: "{count} users fail from {ClientIP}"
  parameters:
    codes: {value: [50126, 50053], text: what counts as failed, source: reasoning}
    users: {value: 15, text: how many users}
    window: {value: 10m}
  tests:
    - name: fifteen
      events:
        - {shape: failed, every: 20s, repeat: 15, UserId: "user{n}@contoso.com", nightjar: {country: RU, asn: 64500}}
        - {at: 2h, shape: failed, UserId: a@contoso.com, ExtendedProperties: {UserAgent: curl, New: x}, Actor: ~}
      alerts: 1
`

const shapes = `failed:
  Id: x
  CreationTime: '2020-01-01T00:00:00'
  Operation: UserLoginFailed
  UserId: somebody@contoso.com
  Actor: [{ID: x, Type: 5}]
  ExtendedProperties: [{Name: UserAgent, Value: Mozilla}, {Name: RequestType, Value: Login}]
`

func TestTheShippedRulesLoad(t *testing.T) {
	t.Parallel()
	set, err := ruleset.Load([]ruleset.Folder{ruleset.Shipped()}, ruleset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Faults {
		t.Error(f)
	}
	if len(set.Infos()) == 0 || len(set.Variants()[0].Collection.Rules) == 0 {
		t.Error("there are none")
	}
}

func TestParametersStandInThePlaceOfTheirNames(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{"signins/spray.yml": spray, "shapes/s.yml": shapes})
	for _, f := range set.Faults {
		t.Fatal(f)
	}
	c := set.Variants()[0].Collection.Correlations[0]
	if c.Timespan != 10*time.Minute || c.Bounds[0].Value != 15 {
		t.Errorf("timespan %v, bounds %v", c.Timespan, c.Bounds)
	}
	base, info := set.Info("base"), set.Info("spray")
	if base.Alerts || !info.Alerts || info.Pack != "signins" || info.Severity != nightjar.SeverityHigh {
		t.Errorf("base %+v, correlation %+v", base, info)
	}
	if p := info.Parameters[0]; p.Type != ruleset.List || p.Source != "reasoning" || info.Parameters[1].Value != int64(15) || info.Parameters[2].Type != ruleset.Span {
		t.Errorf("parameters %+v", info.Parameters)
	}
}

func TestTestsBecomeWholeRecords(t *testing.T) {
	t.Parallel()
	set := load(t, map[string]string{"signins/spray.yml": spray, "shapes/s.yml": shapes})
	test := set.Info("spray").Tests[0]
	events, err := test.Events()
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 16 || test.Size != 16 || test.Count != 1 {
		t.Fatalf("%d events, %d alerts", len(events), test.Count)
	}
	var first, last map[string]any
	if err := json.Unmarshal(events[1].Raw, &first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(events[15].Raw, &last); err != nil {
		t.Fatal(err)
	}
	if first["UserId"] != "user2@contoso.com" || first["CreationTime"] != "2026-01-05T09:00:20" || first["Id"] == "x" || first["Actor"] == nil {
		t.Errorf("second event %s", events[1].Raw)
	}
	if p := events[1].Place; p.Country != "RU" || p.ASN != 64500 {
		t.Errorf("place %+v", p)
	}
	if _, there := last["Actor"]; there || last["CreationTime"] != "2026-01-05T11:00:00" {
		t.Errorf("last event %s", events[15].Raw)
	}
	want := `"ExtendedProperties":[{"Name":"UserAgent","Value":"curl"},{"Name":"RequestType","Value":"Login"},{"Name":"New","Value":"x"}]`
	if !strings.Contains(string(events[15].Raw), want) {
		t.Errorf("last event %s, want %s in it", events[15].Raw, want)
	}
}

func TestWhatIsWrongWithABlockIsNamedWithItsLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, says string }{
		"a key of the block":         {"  entities: {address: ClientIP}", "  entitis: {address: ClientIP}", `ours/p/r.yml:19: "entitis" is no key of nightjar; did you mean "entities"?`},
		"a kind of entity":           {"{address: ClientIP}", "{devic: ClientIP}", `ours/p/r.yml:19: "devic" is no kind of entity; did you mean "device"?`},
		"a parameter that is not":    {"'%users%'", "'%usrs%'", `ours/p/r.yml:17: %usrs% is no parameter of this file; did you mean "users"?`},
		"a key of a parameter":       {"{value: 10m}", "{valeu: 10m}", `ours/p/r.yml:24: "valeu" is no key of a parameter; did you mean "value"?`},
		"braces":                     {"{ClientIP}\"", "{ClientIP\"", `ours/p/r.yml:20: the braces of`},
		"a shape":                    {"{at: 2h, shape: failed", "{at: 2h, shape: faild", `ours/p/r.yml:29: there is no shape "faild"; did you mean "failed"?`},
		"a wrong value, by its line": {"{value: 10m}", "{value: soon}", `ours/p/r.yml:16: timespan "soon"`},
		"a test without alerts":      {"      alerts: 1\n", "", `ours/p/r.yml:26: test "fifteen" does not say which alerts`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(spray, c.from) {
				t.Fatalf("%q is not there", c.from)
			}
			set := load(t, map[string]string{"p/r.yml": strings.Replace(spray, c.from, c.to, 1), "shapes/s.yml": shapes})
			if len(set.Faults) != 1 || !strings.HasPrefix(set.Faults[0].String(), c.says) {
				t.Errorf("faults %v; want %q", set.Faults, c.says)
			}
			if set.Info("spray") != nil || set.Info("base") == nil {
				t.Error("the rule is loaded, or another is not")
			}
		})
	}
}
