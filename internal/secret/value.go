package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every formatter shows in place of a secret.
const Redacted = "[redacted]"

// Value is a secret string. Every way of printing or encoding it gives
// Redacted; only Reveal gives the text. The zero value holds nothing.
//
// It holds a pointer, not the string: package fmt and the text handler of slog
// reach the unexported fields of a struct by reflection without calling any
// method, and then see an address and no secret.
// Value is immutable and safe for concurrent use.
type Value struct {
	text *string
}

// New returns s as a secret. An empty string gives the zero value.
func New(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{text: &s}
}

// Reveal returns the text. Call it where the secret is used, as late as can be.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero reports whether there is no secret.
func (v Value) IsZero() bool { return v.text == nil }

// String returns Redacted.
func (v Value) String() string { return Redacted }

// GoString returns Redacted.
func (v Value) GoString() string { return Redacted }

// Format writes Redacted whatever the verb and flags are.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// LogValue returns Redacted.
func (v Value) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalJSON returns Redacted as a JSON string.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalText returns Redacted. It serves XML, TOML and map keys.
func (v Value) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalYAML returns Redacted.
func (v Value) MarshalYAML() (any, error) { return Redacted, nil }
