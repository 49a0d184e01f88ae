package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

func TestJSONOnATerminalActsUponNothingAndMeansTheSame(t *testing.T) {
	t.Parallel()
	const hostile = "a\u009b31mred\u0085\u007f\u202e\U000e0041 é 日 \U0001f600 \x1b[2J"
	for name, p := range map[string]Process{"terminal": {OutTerminal: true}, "pipe": {}} {
		var out bytes.Buffer
		p.Stdout = &out
		if err := writeJSON(p, map[string]string{"text": hostile}); err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["text"] != hostile {
			t.Errorf("%s: %q, %v", name, back["text"], err)
		}
		if raw := bytes.ContainsAny(out.Bytes(), "\u009b\u0085\u007f\u202e\U000e0041"); raw != (name == "pipe") {
			t.Errorf("%s: %s", name, fmt.Sprintf("%q", out.String()))
		}
	}
}
