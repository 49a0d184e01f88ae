package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

func TestTheSetupTokenGoesToATerminalAlone(t *testing.T) {
	t.Parallel()
	const token = "canary-setup-token"
	for name, c := range map[string]struct {
		terminal, needed bool
		want             string
	}{
		"a terminal, nobody yet":    {true, true, "http://127.0.0.1:8470/setup#" + token},
		"a terminal, set up":        {true, false, "The console is at http://127.0.0.1:8470\n"},
		"no terminal, nobody yet":   {false, true, "nightjar setup-token"},
		"no terminal, all is as is": {false, false, ""},
	} {
		var out, logged bytes.Buffer
		made := false
		setup := func() (secret.Value, error) {
			made = true
			return secret.New(token), nil
		}
		if !c.needed {
			setup = nil
		}
		tellConsole(Process{Stderr: &out, Terminal: c.terminal}, slog.New(slog.NewJSONHandler(&logged, nil)), "http://127.0.0.1:8470", setup)
		if all := out.String() + logged.String(); !strings.Contains(all, c.want) || c.want == "" && all != "" {
			t.Errorf("%s: %q", name, all)
		}
		// A token that nobody sees would take the place of one that somebody has.
		if made != (c.terminal && c.needed) || strings.Contains(logged.String(), token) {
			t.Errorf("%s: made is %t, logged %s", name, made, logged.String())
		}
	}
	var logged bytes.Buffer
	tellConsole(Process{Stderr: &bytes.Buffer{}, Terminal: true}, slog.New(slog.NewJSONHandler(&logged, nil)), "", func() (secret.Value, error) {
		return secret.Value{}, errors.New("the catalog is gone")
	})
	if !strings.Contains(logged.String(), "the catalog is gone") {
		t.Errorf("a token that cannot be made: %s", logged.String())
	}
}
