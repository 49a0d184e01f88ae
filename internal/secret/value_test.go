package secret_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

const canary = "hunter2~Q8canary"

// holder carries a secret in each place from which a printer might read it.
type holder struct {
	Exported secret.Value
	Pointer  *secret.Value
	Map      map[string]secret.Value
	Slice    []secret.Value
	Any      any
	hidden   secret.Value
	deeper   struct{ hidden *secret.Value }
}

func newHolder() *holder {
	v := secret.New(canary)
	h := &holder{
		Exported: v, Pointer: &v, Map: map[string]secret.Value{"k": v},
		Slice: []secret.Value{v}, Any: v, hidden: v,
	}
	h.deeper.hidden = &v
	return h
}

// named is a struct with nothing but a secret; package xml needs the name.
type named struct{ Secret secret.Value }

func leaks(t *testing.T, where, out string) {
	t.Helper()
	lower := strings.ToLower(out)
	for form, s := range map[string]string{
		"plain": canary, "hex": hex.EncodeToString([]byte(canary)), "quoted": fmt.Sprintf("%q", canary),
		"decimal bytes": strings.Trim(fmt.Sprint(string([]byte(canary))), "[]"),
	} {
		if strings.Contains(lower, strings.ToLower(s)) {
			t.Errorf("%s leaks the secret (%s): %s", where, form, out)
		}
	}
}

func TestNoVerbOfFmtShowsASecret(t *testing.T) {
	t.Parallel()
	v, h := secret.New(canary), newHolder()
	for _, verb := range []string{
		"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%c", "%U", "%t", "%e", "%b", "%o", "%p", "%T", "%w",
		"%10.4s", "%-40v", "%!", "%+q", "%#q",
	} {
		for name, arg := range map[string]any{
			"a value": v, "a pointer": &v, "a struct": *h, "a pointer to a struct": h,
			"a map": map[string]any{"k": v, "h": h}, "a slice": []any{v, &v, h}, "values": []secret.Value{v},
		} {
			leaks(t, verb+" of "+name, fmt.Sprintf(verb, arg))
		}
	}
	leaks(t, "Sprint", fmt.Sprint(v, &v, *h, h))
	leaks(t, "Errorf", fmt.Errorf("wrapping %v and %+v: %w", v, h, errors.New("x")).Error())
	if got := fmt.Sprintf("%s|%v|%x", v, v, &v); got != "[redacted]|[redacted]|[redacted]" {
		t.Errorf("formatted as %q", got)
	}
}

func TestNoHandlerOfSlogShowsASecret(t *testing.T) {
	t.Parallel()
	v, h := secret.New(canary), newHolder()
	var out bytes.Buffer
	for name, handler := range map[string]slog.Handler{
		"text": slog.NewTextHandler(&out, nil), "json": slog.NewJSONHandler(&out, nil),
	} {
		out.Reset()
		log := slog.New(handler)
		log.Info("login", "secret", v, "pointer", &v, "struct", *h, "struct_pointer", h,
			"map", map[string]secret.Value{"k": v}, "any_map", map[string]any{"h": h}, "slice", []secret.Value{v},
			slog.Group("group", "v", v), "error", fmt.Errorf("with %v", v))
		log.With("secret", v).WithGroup("g").Info("login", "h", h)
		leaks(t, name+" handler", out.String())
		if !strings.Contains(out.String(), secret.Redacted) {
			t.Errorf("%s handler shows nothing in its place: %s", name, out.String())
		}
	}
}

func TestNoEncoderShowsASecret(t *testing.T) {
	t.Parallel()
	v, h := secret.New(canary), newHolder()
	for name, marshal := range map[string]func(any) ([]byte, error){
		"json": json.Marshal, "yaml": yaml.Marshal, "xml": xml.Marshal,
	} {
		for what, arg := range map[string]any{"value": v, "pointer": &v, "struct": named{v}} {
			b, err := marshal(arg)
			if err != nil {
				t.Fatalf("%s of a %s: %v", name, what, err)
			}
			leaks(t, name+" of a "+what, string(b))
			if !bytes.Contains(b, []byte(secret.Redacted)) {
				t.Errorf("%s of a %s gives %s", name, what, b)
			}
		}
	}
	b, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	leaks(t, "json of a holder", string(b))
	b, err = yaml.Marshal(struct {
		Values map[string]secret.Value
		List   []*secret.Value
	}{map[string]secret.Value{"k": v}, []*secret.Value{&v}})
	if err != nil {
		t.Fatal(err)
	}
	leaks(t, "yaml of a map", string(b))
}

func TestOnlyRevealGivesTheText(t *testing.T) {
	t.Parallel()
	if got := secret.New(canary).Reveal(); got != canary {
		t.Errorf("Reveal gives %q", got)
	}
	if !secret.New("").IsZero() || !(secret.Value{}).IsZero() || secret.New("x").IsZero() {
		t.Error("IsZero is wrong")
	}
	if got := (secret.Value{}).Reveal(); got != "" {
		t.Errorf("the zero value reveals %q", got)
	}
}
