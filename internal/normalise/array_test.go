package normalise_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/normalise"
)

// decodeAll returns the elements of an array and what the decoder ended with,
// nil for io.EOF.
func decodeAll(r io.Reader, o normalise.ArrayOptions) ([]string, error) {
	d := normalise.NewArrayDecoder(r, o)
	var elements []string
	for {
		raw, err := d.Next()
		if err != nil {
			if _, again := d.Next(); !errors.Is(again, err) {
				return elements, fmt.Errorf("after %w the decoder says %w", err, again)
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return elements, err
		}
		elements = append(elements, string(raw))
	}
}

func TestArrayDecoderYieldsElementsAsTheyStand(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		`[]`:                            nil,
		" [ ] \r\n\t":                   nil,
		`[{}]`:                          {`{}`},
		` [ {"a" : 1 } , {"b":[2 ]} ] `: {`{"a" : 1 }`, `{"b":[2 ]}`},
		`[1,-2.5e+7,"x\"]",null,true,false,[[]]]`: {`1`, `-2.5e+7`, `"x\"]"`, `null`, `true`, `false`, `[[]]`},
		"\xef\xbb\xbf[{}]":                        {`{}`},
		"[\"\xff\"]":                              {"\"\xff\""},
		`[{"a":1,"a":2}]`:                         {`{"a":1,"a":2}`},
	} {
		got, err := decodeAll(strings.NewReader(in), normalise.ArrayOptions{})
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestArrayDecoderRefusesWhatIsNoArray(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`{}`, `{"error":{"code":"AF429"}}`, `<html>`, `null`, `"[]"`, `]`,
		`[,]`, `[{},]`, `[{} {}]`, `[{}}`, `[{}]]`, `[{}] {}`, `[{}],`, `[tru]`, `[truex]`, `[+1]`, `[01]`, `[1.]`, `[.5]`, `[1e]`, `[-]`,
		`['a']`, `[{a:1}]`, `[{"a"}]`, `[{"a":}]`, `[{"a":1,}]`, `[{"a":1 "b":2}]`, `["\x"]`, `["\u12g4"]`, "[\"\n\"]", "[\"\x00\"]", "[\x00]", `[1 2]`,
	} {
		_, err := decodeAll(strings.NewReader(in), normalise.ArrayOptions{})
		if nightjar.CodeOf(err) != nightjar.CodeCorrupt {
			t.Errorf("%q: %v, want a corrupt error", in, err)
		}
	}
}

const arraySample = ` [ {"Id":"1","x":[1,2.5e-3,{"y":"\u00e9\"\\ ü"}]} , {} ,{"t":true,"f":false,"n":null}] `

func TestArrayDecoderNeverTakesACutArrayAsWhole(t *testing.T) {
	t.Parallel()
	whole := strings.LastIndexByte(arraySample, ']') + 1
	for n := range whole {
		for name, r := range map[string]io.Reader{
			"at once":      strings.NewReader(arraySample[:n]),
			"byte by byte": iotest.OneByteReader(strings.NewReader(arraySample[:n])),
			"data and EOF": iotest.DataErrReader(strings.NewReader(arraySample[:n])),
		} {
			if _, err := decodeAll(r, normalise.ArrayOptions{}); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("cut at %d, %s: %v, want unexpected EOF", n, name, err)
			}
		}
	}
	for n := whole; n <= len(arraySample); n++ {
		if _, err := decodeAll(strings.NewReader(arraySample[:n]), normalise.ArrayOptions{}); err != nil {
			t.Errorf("cut in the space at %d: %v", n, err)
		}
	}
}

func TestArrayDecoderPassesOnTheReadersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("checksum")
	for n := range len(arraySample) + 1 {
		r := io.MultiReader(strings.NewReader(arraySample[:n]), iotest.ErrReader(broken))
		if _, err := decodeAll(r, normalise.ArrayOptions{}); !errors.Is(err, broken) {
			t.Fatalf("broken at %d: %v", n, err)
		}
	}
	if _, err := decodeAll(stuck{}, normalise.ArrayOptions{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a stuck reader: %v", err)
	}
}

// stuck is a reader that never answers anything.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestArrayDecoderYieldsBeforeTheStreamEnds(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	d := normalise.NewArrayDecoder(r, normalise.ArrayOptions{})
	go func() {
		_, _ = io.WriteString(w, `[{"a":1}`) // and nothing more until it was read
	}()
	if raw, err := d.Next(); err != nil || string(raw) != `{"a":1}` {
		t.Fatalf("%s, %v", raw, err)
	}
	_ = r.Close()
}

func TestArrayDecoderLimitsAnEvent(t *testing.T) {
	t.Parallel()
	o := normalise.ArrayOptions{MaxEventBytes: 100_000}
	fits := `"` + strings.Repeat("x", 100_000-2) + `"`
	if got, err := decodeAll(strings.NewReader("["+fits+","+fits+"]"), o); err != nil || len(got) != 2 {
		t.Errorf("two events of the limit's size: %d, %v", len(got), err)
	}
	for name, r := range map[string]io.Reader{
		"one byte more":                strings.NewReader("[{}," + `"` + strings.Repeat("x", 100_000-1) + `"]`),
		"a small limit, a large event": strings.NewReader("[{}," + fits + "  x"),
		"an endless string":            io.MultiReader(strings.NewReader(`[{},"`), endless("x")),
		"an endless object":            io.MultiReader(strings.NewReader(`[{},{"a":`), endless(" ")),
	} {
		limit := o
		if strings.HasPrefix(name, "a small") {
			limit.MaxEventBytes = 10
		}
		got, err := decodeAll(r, limit)
		if nightjar.CodeOf(err) != nightjar.CodeLimit || len(got) != 1 || !strings.Contains(err.Error(), "event 1,") {
			t.Errorf("%s: %d events, %v", name, len(got), err)
		}
	}
}

// endless is a reader that repeats itself forever.
type endless string

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e[i%len(e)]
	}
	return len(p), nil
}

func TestArrayDecoderSkipsSpaceWithoutKeepingIt(t *testing.T) { // not parallel: it measures the heap
	space := func() io.Reader { return io.LimitReader(endless(" \n"), 1<<25) }
	r := io.MultiReader(space(), strings.NewReader("["), space(), strings.NewReader("{}"), space(), strings.NewReader("]"), space())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := decodeAll(r, normalise.ArrayOptions{})
	runtime.ReadMemStats(&after)
	if err != nil || len(got) != 1 {
		t.Fatalf("%d events, %v", len(got), err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("it allocated %d bytes", grown)
	}
}

func TestArrayDecoderSurvivesDeepNesting(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	if _, err := decodeAll(strings.NewReader(nest(10_000)), normalise.ArrayOptions{}); err != nil {
		t.Errorf("10,000 levels: %v", err)
	}
	for _, in := range []string{nest(10_001), strings.Repeat("[", 5<<20), "[" + strings.Repeat(`{"a":`, 2<<20)} {
		if _, err := decodeAll(strings.NewReader(in), normalise.ArrayOptions{}); nightjar.CodeOf(err) != nightjar.CodeCorrupt {
			t.Errorf("%d bytes of nesting: %v", len(in), err)
		}
	}
}

// FuzzArrayDecoder compares with encoding/json, however the bytes arrive.
func FuzzArrayDecoder(f *testing.F) {
	for _, s := range []string{
		arraySample, `[]`, `[{"a":"\ud800"},1]`, "[\"\xff\"]", `[1,]`, `{"a":[]}`, `[0,-0,1e5,1.5E-7]`, "\xef\xbb\xbf[]", `[[[[]]]]x`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var want []json.RawMessage
		wantErr := json.Unmarshal(bytes.TrimPrefix(in, []byte("\xef\xbb\xbf")), &want)
		// null is an empty slice to encoding/json, but no array.
		isArray := bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(in, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("["))
		got, err := decodeAll(bytes.NewReader(in), normalise.ArrayOptions{})
		if (err == nil) != (wantErr == nil && isArray) {
			t.Fatalf("decoder: %v, encoding/json: %v", err, wantErr)
		}
		if err == nil && len(got) != len(want) {
			t.Fatalf("%d elements, want %d", len(got), len(want))
		}
		for i := range got {
			if err == nil && got[i] != string(bytes.Trim(want[i], " \t\r\n")) {
				t.Errorf("element %d is %q, want %q", i, got[i], want[i])
			}
		}
		slow, slowErr := decodeAll(iotest.OneByteReader(bytes.NewReader(in)), normalise.ArrayOptions{})
		if fmt.Sprint(slow, slowErr) != fmt.Sprint(got, err) {
			t.Errorf("byte by byte: %q, %v; at once: %q, %v", slow, slowErr, got, err)
		}
		if err != nil {
			return
		}
		end := bytes.LastIndexByte(in, ']')
		for _, n := range []int{0, 1, end / 2, end - 1, end} {
			if n < 0 || n > end {
				continue
			}
			if _, err := decodeAll(bytes.NewReader(in[:n]), normalise.ArrayOptions{}); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("cut at %d: %v", n, err)
			}
		}
	})
}
