package sigma

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// The decoder must read what encoding/json reads, member by member.
func FuzzDecoderEqualsTokens(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { "a" : [ ] , "b":{}, "a":1}`, `{"Name":"x","Value":["y",{"Name":"z","Value":null,"OldValue":true}]}`,
		`{"e":"\\u00e9\\ud83d\\ude00\\ud800 \\"x\\" \\/","n":-1.5e+3,"t":[true,false,null,0]}`, "{\"bad\":\"\xff\",\"\xfe\":2}", `[1]`, `{"a":`, `7 `,
	} {
		f.Add([]byte(s))
	}
	d := NewDecoder()
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := d.Decode(raw)
		want, wantErr := decodeTokens(raw)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, but tokens %v", raw, err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(got.root, want.root) {
			t.Fatalf("%q is read differently", raw)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	raw := []byte(`{"CreationTime":"2026-01-05T09:00:00","Id":"8b1a8de7-d1bf-46d5-9538-b2d7614d7f56","Operation":"UserLoggedIn","RecordType":15,"ResultStatus":"Success","UserType":0,"Workload":"AzureActiveDirectory","ClientIP":"198.51.100.7","UserId":"ada@contoso.example","ExtendedProperties":[{"Name":"ResultStatusDetail","Value":"Success"},{"Name":"UserAgent","Value":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"},{"Name":"RequestType","Value":"OAuth2:Authorize"}],"ModifiedProperties":[],"Actor":[{"ID":"2f6a","Type":0},{"ID":"ada@contoso.example","Type":5}],"DeviceProperties":[{"Name":"OS","Value":"Windows10"},{"Name":"BrowserType","Value":"Edge"},{"Name":"SessionId","Value":"5f1c"}],"ErrorNumber":"0"}`)
	b.ReportAllocs()
	d := NewDecoder()
	for b.Loop() {
		if _, err := d.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// decodeTokens is the decoder in its plainest form.
func decodeTokens(raw []byte) (*Event, error) {
	if !json.Valid(raw) {
		return nil, errors.New("the event is not valid JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('{') {
		return nil, NotAnObject()
	}
	root, err := decodeNode(dec, token, false)
	return &Event{root}, err
}

func decodeNode(dec *json.Decoder, token json.Token, inList bool) (*node, error) {
	switch t := token.(type) {
	case string:
		return &node{kind: textNode, text: t}, nil
	case json.Number:
		return &node{kind: numberNode, text: t.String()}, nil
	case bool:
		if t {
			return &node{kind: boolNode, text: "true"}, nil
		}
		return &node{kind: boolNode, text: "false"}, nil
	case nil:
		return &node{kind: nullNode}, nil
	case json.Delim:
		n := &node{kind: objectNode}
		if t == '[' {
			n.kind = arrayNode
		}
		for dec.More() {
			if n.kind == objectNode {
				name, err := dec.Token()
				if err != nil {
					return nil, err
				}
				text, ok := name.(string)
				if !ok {
					return nil, errors.New("a name is no text")
				}
				n.names = append(n.names, text)
			}
			token, err := dec.Token()
			if err != nil {
				return nil, err
			}
			kid, err := decodeNode(dec, token, n.kind == arrayNode)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, kid)
		}
		if n.kind == objectNode {
			n.entries = n.reach(inList, Steps)
		}
		_, err := dec.Token()
		return n, err
	}
	return nil, errors.New("unknown token")
}
