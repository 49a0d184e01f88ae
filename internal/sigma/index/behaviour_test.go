package index_test

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// asked is a rule, and events with whether each matches it.
type asked struct {
	detection string // below "detection:", without indentation
	yes, no   []string
}

// asks holds both evaluators to the answers.
func asks(t *testing.T, cases ...asked) {
	t.Helper()
	t.Parallel()
	ual, err := catalogue(t).Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		rule := "title: rule\nlogsource: {product: m365}\ndetection:\n  " + strings.ReplaceAll(c.detection, "\n", "\n  ") + "\n"
		read := sigma.Parse("rule.yml", []byte(rule), nil)
		for _, f := range read.Faults {
			t.Fatalf("%v\n%s", f, rule)
		}
		p := newPair(ual, read.Rules)
		for _, event := range c.yes {
			if p.same(t, []byte(event)) != 1 {
				t.Errorf("%s does not match\n%s", event, c.detection)
			}
		}
		for _, event := range c.no {
			if p.same(t, []byte(event)) != 0 {
				t.Errorf("%s matches\n%s", event, c.detection)
			}
		}
	}
}

// What follows are behaviours of the specification that engines in use get wrong.

func TestBehaviour01NegationOfAnAbsentFieldIsTrue(t *testing.T) {
	asks(t, asked{
		"s: {Operation: x}\nf: {UserId: admin}\ncondition: s and not f",
		[]string{`{"Operation":"x"}`, `{"Operation":"x","UserId":"eve"}`, `{"Operation":"x","UserId":null}`},
		[]string{`{"Operation":"x","UserId":"ADMIN"}`, `{"UserId":"eve"}`},
	})
}

func TestBehaviour02TextsCompareWithoutCase(t *testing.T) {
	asks(t, asked{
		"s: {Operation: New-InboxRule, UserId|endswith: É}\ncondition: s",
		[]string{`{"Operation":"NEW-inboxrule","UserId":"caf\u00e9"}`, `{"operation":"new-inboxrule","USERID":"CAFÉ"}`},
		[]string{`{"Operation":"New-InboxRules","UserId":"é"}`, `{"Operation":"New-InboxRule","UserId":"e"}`},
	})
}

func TestBehaviour03WildcardsInPlainValues(t *testing.T) {
	asks(t, asked{
		`s: {Operation: ['Set-*Rule', 'a?c', 'star\*', 'back\\*', 'que\?']}` + "\ncondition: s",
		[]string{`{"Operation":"set-inboxrule"}`, `{"Operation":"Set-Rule"}`, `{"Operation":"aéc"}`, `{"Operation":"star*"}`, `{"Operation":"back\\slash"}`, `{"Operation":"que?"}`},
		[]string{`{"Operation":"Set-Ruler"}`, `{"Operation":"ac"}`, `{"Operation":"starx"}`, `{"Operation":"back*"}`, `{"Operation":"ques"}`},
	}, asked{"s: {UserId: '*'}\ncondition: s", []string{`{"UserId":"x"}`, `{"UserId":""}`}, []string{`{}`, `{"UserId":null}`}})
}

func TestBehaviour04NullIsAnAbsentValueAlsoUnderNot(t *testing.T) {
	asks(
		t,
		asked{"s: {UserId: null}\ncondition: s", []string{`{}`, `{"UserId":null}`}, []string{`{"UserId":""}`, `{"UserId":"x"}`, `{"UserId":0}`}},
		asked{"s: {UserId: null}\ncondition: not s", []string{`{"UserId":""}`, `{"UserId":"x"}`}, []string{`{}`, `{"UserId":null}`}},
	)
}

func TestBehaviour05EmptyTextIsNotAnAbsentField(t *testing.T) {
	asks(t, asked{"s: {UserId: ''}\ncondition: s", []string{`{"UserId":""}`, `{"UserId":["a",""]}`}, []string{`{}`, `{"UserId":null}`, `{"UserId":" "}`}})
}

func TestBehaviour06ExistsAsksForTheFieldAlone(t *testing.T) {
	asks(
		t,
		asked{"s: {UserId|exists: true}\ncondition: s", []string{`{"UserId":null}`, `{"UserId":""}`, `{"UserId":[]}`}, []string{`{}`, `{"UserIds":1}`}},
		asked{"s: {UserId|exists: false}\ncondition: s", []string{`{}`}, []string{`{"UserId":null}`}},
	)
}

func TestBehaviour07KeywordsAreLookedForInTheWholeEvent(t *testing.T) {
	asks(
		t,
		asked{
			"k: [mimikatz, 'C:\\Temp', 'a*c']\ncondition: k",
			[]string{`{"a":{"b":["xMIMIKATZx"]}}`, `{"p":"c:\\temp\\x"}`, `{"mimikatz":1}`, `{"x":"zabbcz"}`},
			[]string{`{"a":"mimi","b":"katz"}`, `{"x":"cba"}`},
		},
		asked{"k: {'|all': [one, two]}\ncondition: k", []string{`{"a":"one","b":["TWO"]}`}, []string{`{"a":"one"}`}},
	)
}

func TestBehaviour08CasedComparesExactly(t *testing.T) {
	asks(t, asked{
		"s: {Operation|cased: Add, UserId|cased|contains: Bob}\ncondition: s",
		[]string{`{"Operation":"Add","UserId":"xBobx"}`},
		[]string{`{"Operation":"add","UserId":"Bob"}`, `{"Operation":"Add","UserId":"bob BOB"}`},
	})
}

func TestBehaviour09NumbersCompareAsNumbers(t *testing.T) {
	asks(
		t,
		asked{"s: {Count|gte: 10, Count|lt: 100.5}\ncondition: s", []string{`{"Count":10}`, `{"Count":"99"}`, `{"Count":1e2}`}, []string{`{"Count":9}`, `{"Count":101}`, `{"Count":"ten"}`, `{}`}},
		asked{"s: {RecordType: 8}\ncondition: s", []string{`{"RecordType":8}`, `{"RecordType":"8"}`, `{"RecordType":8.0}`}, []string{`{"RecordType":80}`, `{"RecordType":"08"}`}},
		asked{"s: {ExternalAccess: true}\ncondition: s", []string{`{"ExternalAccess":true}`, `{"ExternalAccess":"True"}`}, []string{`{"ExternalAccess":false}`, `{"ExternalAccess":1}`}},
	)
}

func TestBehaviour10NeqNegatesTheWholeItem(t *testing.T) {
	asks(
		t,
		asked{"s: {UserId|neq: [a, b]}\ncondition: s", []string{`{}`, `{"UserId":"c"}`}, []string{`{"UserId":"A"}`, `{"UserId":["c","b"]}`}},
		asked{"s: {Count|neq: 5}\ncondition: s", []string{`{"Count":6}`}, []string{`{"Count":5}`, `{"Count":"5"}`}},
	)
}

func TestBehaviour11FieldsCompareWithFields(t *testing.T) {
	asks(
		t,
		asked{"s: {UserId|fieldref: MailboxOwnerUPN}\ncondition: s", []string{`{"UserId":"A@b","MailboxOwnerUPN":"a@B"}`}, []string{`{"UserId":"a"}`, `{}`, `{"UserId":"a","MailboxOwnerUPN":"b"}`}},
		asked{"s: {UserId|fieldref|neq: MailboxOwnerUPN}\ncondition: s", []string{`{"UserId":"a","MailboxOwnerUPN":"b"}`, `{"UserId":"a"}`}, []string{`{"UserId":"a","MailboxOwnerUPN":"A"}`}},
		asked{"s: {UserId|fieldref|endswith: Domain}\ncondition: s", []string{`{"Domain":"b.com","UserId":"a@B.com"}`}, []string{`{"Domain":"b.com","UserId":"b.com@a"}`}},
		asked{"s: {UserId|fieldref|startswith: Domain}\ncondition: s", []string{`{"Domain":"b.com","UserId":"b.com@a"}`}, []string{`{"Domain":"b.com","UserId":"a@B.com"}`}},
		asked{"s: {UserId|fieldref|contains: Domain}\ncondition: s", []string{`{"UserId":"a@b.com!","Domain":["x","b.com"]}`}, []string{`{"Domain":"b.com","UserId":"bcom"}`}},
	)
}

func TestBehaviour12RegularExpressionsHaveFlagsAndMindCase(t *testing.T) {
	asks(
		t,
		asked{"s: {Subject|re: '^Pay(ment|roll) \\d+'}\ncondition: s", []string{`{"Subject":"Payroll 12"}`}, []string{`{"Subject":"payroll 12"}`, `{"Subject":"x Payroll 12"}`}},
		asked{"s: {Subject|re|i: 'pay.*now'}\ncondition: s", []string{`{"Subject":"PAY it NOW"}`}, []string{`{"Subject":"PAY\nNOW"}`}},
		asked{"s: {Subject|re|i|s: 'pay.*now'}\ncondition: s", []string{`{"Subject":"PAY\nNOW"}`}, nil},
		asked{"s: {Subject|re|m: '^now$'}\ncondition: s", []string{`{"Subject":"pay\nnow"}`}, []string{`{"Subject":"pay now"}`}},
	)
}

func TestBehaviour13EncodingsChain(t *testing.T) {
	asks(
		t,
		asked{"s: {c|base64offset|contains: foobar}\ncondition: s", []string{`{"c":"Zm9vYmFy"}`, `{"c":"eGZvb2Jhcg=="}`, `{"c":"eHhmb29iYXI="}`}, []string{`{"c":"foobar"}`}},
		asked{"s: {c|wide|base64offset|contains: cmd}\ncondition: s", []string{`{"c":"YwBtAGQA"}`}, []string{`{"c":"Y21k"}`}},
		asked{"s: {c|utf16le|base64: cmd}\ncondition: s", []string{`{"c":"YwBtAGQA"}`}, []string{`{"c":"Y21k"}`}},
		asked{"s: {c|utf16be|base64: cmd}\ncondition: s", []string{`{"c":"AGMAbQBk"}`}, nil},
		asked{"s: {c|utf16|base64: cmd}\ncondition: s", []string{`{"c":"//5jAG0AZAA="}`}, nil},
		asked{"s: {c|windash|contains: ' -enc'}\ncondition: s", []string{`{"c":"x /enc"}`, `{"c":"x –enc"}`, `{"c":"x -enc"}`}, []string{`{"c":"x enc"}`}},
		asked{"s: {c|windash|contains: 'enc -'}\ncondition: s", []string{`{"c":"enc -"}`}, []string{`{"c":"enc"}`, `{"c":"enc /"}`}},
	)
}

func TestBehaviour14NetworksAndTimes(t *testing.T) {
	asks(
		t,
		asked{
			"s: {ClientIP|cidr: [192.0.2.0/24, '2001:db8::/32']}\ncondition: s",
			[]string{`{"ClientIP":"192.0.2.7"}`, `{"ClientIP":"192.0.2.7:443"}`, `{"ClientIP":"[2001:db8::1]:443"}`, `{"ClientIP":"::ffff:192.0.2.9"}`},
			[]string{`{"ClientIP":"192.0.3.7"}`, `{"ClientIP":""}`, `{"ClientIP":"192.0.2"}`, `{"ClientIP":192}`},
		},
		asked{
			"s: {ClientIP|cidr: [192.0.2.7, '::ffff:198.51.100.0/120', '2001:db8::7']}\ncondition: s",
			[]string{`{"ClientIP":"192.0.2.7"}`, `{"ClientIP":"198.51.100.9"}`, `{"ClientIP":"2001:db8::7"}`},
			[]string{`{"ClientIP":"192.0.2.8"}`, `{"ClientIP":"198.51.101.9"}`, `{"ClientIP":"2001:db8::8"}`},
		},
		asked{
			"s: {CreationTime|hour|gte: 22, CreationTime|month: 5}\ncondition: s",
			[]string{`{"CreationTime":"2021-05-18T22:13:35"}`, `{"CreationTime":"2021-05-18T23:00:00Z"}`},
			[]string{`{"CreationTime":"2021-05-18T21:59:59"}`, `{"CreationTime":"2021-06-18T22:13:35"}`, `{"CreationTime":"2021-05-18"}`, `{"CreationTime":"May"}`},
		},
		asked{
			"s: {CreationTime|minute: 13, CreationTime|day: 18, CreationTime|week: 20, CreationTime|year: 2021}\ncondition: s",
			[]string{`{"CreationTime":"2021-05-18T22:13:35"}`},
			[]string{`{"CreationTime":"2021-05-18T22:14:35"}`, `{"CreationTime":"2021-05-19T22:13:35"}`, `{"CreationTime":"2022-05-18T22:13:35"}`},
		},
	)
}

func TestBehaviour15ConditionsBindAndSkipAsSpecified(t *testing.T) {
	asks(
		t,
		asked{"a: {x: 1}\nb: {x: 2}\n_c: {x: 3}\ncondition: 1 of them", []string{`{"x":1}`, `{"x":2}`}, []string{`{"x":3}`}},
		asked{"a: {x: 1}\nb: {y: 1}\nc: {z: 1}\ncondition: a or b and not c", []string{`{"x":1,"z":1}`, `{"y":1}`}, []string{`{"y":1,"z":1}`}},
		asked{"sel_a: {x: 1}\nsel_b: {y: 1}\nf_a: {z: 1}\ncondition: all of sel_* and not 1 of f_*", []string{`{"x":1,"y":1}`}, []string{`{"x":1}`, `{"x":1,"y":1,"z":1}`}},
		asked{"a: {x: 1}\nb: {y: 1}\ncondition: [a, b]", []string{`{"x":1}`, `{"y":1}`}, []string{`{}`}},
		asked{"a: {x|contains|all: [p, q]}\ncondition: a", []string{`{"x":"qp"}`, `{"x":["p","q"]}`}, []string{`{"x":"p"}`}},
		asked{"a:\n- {x: 1, y: 1}\n- {z: 1}\ncondition: a", []string{`{"x":1,"y":1}`, `{"z":1}`}, []string{`{"x":1}`}},
	)
}

// What follows is how Microsoft's records are read.

func TestBagsAreReadByTheNamesOfTheirElements(t *testing.T) {
	asks(
		t,
		asked{
			"s: {Parameters.ForwardTo|contains: '@evil'}\ncondition: s",
			[]string{`{"Parameters":[{"Name":"Identity","Value":"x"},{"Name":"ForwardTo","Value":"a@evil.com"}]}`, `{"Parameters":[{"Value":"a@evil.com","Name":"forwardto"}]}`},
			[]string{`{"Parameters":[{"Name":"Identity","Value":"a@evil.com"}]}`, `{"Parameters":{"Name":"ForwardTo","Value":"a@evil.com"}}`},
		},
		asked{
			"s: {ModifiedProperties.Role.DisplayName: Global Administrator}\ncondition: s",
			[]string{`{"ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}]}`},
			[]string{`{"ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"","OldValue":"Global Administrator"}]}`},
		},
		asked{
			"s: {ModifiedProperties.Role.DisplayName.OldValue: Global Administrator}\ncondition: s",
			[]string{`{"ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"","OldValue":"Global Administrator"}]}`},
			[]string{`{"ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}]}`},
		},
		asked{
			"s: {targetResources.modifiedProperties.newValue: '\"x\"'}\ncondition: s",
			[]string{`{"targetResources":[{"id":1},{"modifiedProperties":[{"displayName":"a","newValue":"\"x\""}]}]}`},
			nil,
		},
	)
}

func TestAFieldThatIsAnObjectHasAllValuesInIt(t *testing.T) {
	asks(t, asked{
		"s: {Parameters|contains: ForwardTo}\ncondition: s",
		[]string{`{"Parameters":[{"Name":"ForwardTo","Value":"x"}]}`, `{"Parameters":"-ForwardTo x"}`, `{"Parameters":{"a":[["forwardto"]]}}`},
		[]string{`{"Parameters":{"ForwardTo":1}}`, `{"x":"ForwardTo"}`},
	})
}

func TestNamesOfOtherSchemasLeadToOurs(t *testing.T) {
	asks(
		t,
		asked{"s: {properties.message: Add member to role}\ncondition: s", []string{`{"Operation":"Add member to role."}`, `{"Operation":"Add member to role"}`}, []string{`{"Operation":"Add member to role. x"}`}},
		asked{"s: {RequestType: 'Cmsi:Cmsi'}\ncondition: s", []string{`{"ExtendedProperties":[{"Name":"RequestType","Value":"Cmsi:Cmsi"}]}`}, []string{`{"ExtendedProperties":[{"Name":"UserAgent","Value":"Cmsi:Cmsi"}]}`}},
		asked{"s: {ResultType: 50126}\ncondition: s", []string{`{"ErrorNumber":"50126"}`, `{"ResultType":50126}`}, []string{`{"ErrorNumber":"0"}`}},
	)
}

func TestNamesWithEscapesAreDecodedBeforeTheyCount(t *testing.T) {
	asks(t, asked{"s: {'a\\b': x, Operation: y}\ncondition: s", []string{`{"a\\b":"x","Oper\u0061tion":"y"}`}, []string{`{"a\b":"x","Operation":"y"}`}})
}
