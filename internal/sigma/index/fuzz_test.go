package index_test

import (
	"encoding/json"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// seedRules use every modifier and the odd corners of matching.
func seedRules() []string {
	head := "title: t\nlogsource: {product: m365}\ndetection:\n"
	var rules []string
	for _, detection := range []string{
		"  s: {Operation: UserLoggedIn}\n  condition: s",
		"  s: {Operation|contains: [add, 'ne\\*w*x', '?']}\n  f: {UserId|endswith: com}\n  condition: s and not f",
		"  s: {a.b|startswith: x, c: null, 'd|exists': false}\n  condition: s",
		"  s: {Parameters.Identity|re|i: 'ab+c', ModifiedProperties.Role.DisplayName.OldValue: ''}\n  condition: 1 of s*",
		"  s: {a|gte: 5, b|lt: 1.5, t|hour: 3, ip|cidr: 10.0.0.0/8}\n  condition: s",
		"  s: {a|fieldref: b, c|fieldref|contains: d, e|neq: [x, y]}\n  condition: s",
		"  k: [foo, 'ba?r', 'é']\n  '|x': {a|cased: Ab, b|cased|contains: cD}\n  condition: k or not all of *x",
		"  k:\n    '|all': [foo, '*']\n  s: {Status: '*', x|contains|all: [a, b]}\n  condition: all of them",
		"  s: {a|base64offset|contains: foo, b|wide|base64: x, c|windash: '-a /b'}\n  condition: s",
		"  s:\n    - {a: 1, b: 1.0, c: true}\n    - {list: x}\n    - key word\n  condition: s",
		"  s: {'Some Field': x, 'a[0].b': y, 'a{}': z}\n  condition: not s",
	} {
		rules = append(rules, head+detection+"\n")
	}
	return rules
}

func seedEvents() []string {
	return []string{
		`{}`, `{"Operation":"UserLoggedIn","UserId":"a@b.com"}`, `{"operation":["x","addnew*x"],"d":null}`,
		`{"a":{"b":"X1"},"c":null}`, `{"a.b":"x","c":[],"d":{}}`, `{"a":[{"b":"x"},{"b":null}]}`,
		`{"Parameters":[{"Name":"Identity","Value":"xabbC"},{"Value":"abc","Name":"identity"}]}`,
		`{"ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"n","OldValue":""}]}`,
		`{"a":"5.0","b":1.4e0,"t":"2021-05-18T03:13:35","ip":"[10.0.0.7]:443"}`, `{"a":5e0,"b":"1","t":"x","ip":"::ffff:10.1.1.1"}`,
		`{"a":"K","b":"\u212a","c":"xdx","d":"D"}`, `{"e":["x"],"a":1,"b":1.0}`, `{"foo":1,"x":"BAxR \u00c9 \ud83d\ude00 \ud800"}`,
		`{"Status":"","x":["ab"],"a":"Ab","b":"xcDx"}`, `{"a":"xZm9vx","b":"eAA=","c":"/a —b"}`, `{"a":1.0,"b":1,"c":"TRUE","list":[["x"]]}`,
		`{"SomeField":"x","some field":"X","a":[[{"b":"y"}]]}`, `{"a\\u0062":"x","a\u0062":"y","\u004fperation":"UserLoggedIn"}`,
		`{"a":1e999,"a":-0,"a":0.10,"a":12345678901234567890}`, "{\"a\":\"\xff\xfe\",\"\xff\":1}", `{"Name":"a","Value":"b","x":[{"Key":"K","Value":{"b":"x"}}]}`,
	}
}

// FuzzIndexEqualsPlain holds the two evaluators equal over rules and events of
// any shape.
func FuzzIndexEqualsPlain(f *testing.F) {
	for _, rule := range seedRules() {
		for _, event := range seedEvents() {
			f.Add(rule, []byte(event))
		}
	}
	c := catalogue(f)
	ual, err := c.Source("ual")
	if err != nil {
		f.Fatal(err)
	}
	sources := []*sigma.Source{ual, c.Everything()}
	f.Fuzz(func(t *testing.T, rule string, event []byte) {
		read := sigma.Parse("fuzz.yml", []byte(rule), map[string][]string{"p": {"x", "y*"}})
		read.Resolve()
		for _, source := range sources {
			p := newPair(source, read.Rules)
			if _, err := sigma.Decode(event); err == nil {
				p.same(t, event)
				continue
			}
			// What is no event may be found out or not; it must not do harm.
			_, _ = p.index.Match(source.Name, event)
		}
	})
}

func TestSeedsOfTheFuzzerAreRules(t *testing.T) {
	t.Parallel()
	for _, rule := range seedRules() {
		c := sigma.Parse("seed.yml", []byte(rule), nil)
		for _, fault := range c.Faults {
			t.Error(fault, rule)
		}
	}
	for _, event := range seedEvents() {
		if !json.Valid([]byte(event)) {
			t.Errorf("%s is not JSON", event)
		}
	}
	all := ""
	for _, rule := range seedRules() {
		all += rule + "---\n"
	}
	ual, err := catalogue(t).Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	p := newPair(ual, sigma.Parse("all.yml", []byte(all), nil).Rules)
	for _, event := range seedEvents() {
		p.same(t, []byte(event))
	}
}
