package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInputThatIsTooLargeIsRefusedWhole has in front of the limit what would be
// taken by itself.
func TestInputThatIsTooLargeIsRefusedWhole(t *testing.T) {
	t.Parallel()
	l, _ := newCanaryLab(t)
	over := strings.Repeat("#"+strings.Repeat(" ", 1023)+"\n", 1<<10)
	routes := filepath.Join(t.TempDir(), "routes.yml")
	if err := os.WriteFile(routes, []byte("routes: []\n"+over), 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("https://hooks.example.com/x"+strings.Repeat(" ", maxSecret)), 0o600); err != nil {
		t.Fatal(err)
	}
	changes := filepath.Join(t.TempDir(), "changes.yml")
	if err := os.WriteFile(changes, []byte("changes: []\n"+strings.Repeat(over, 16)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stdin, says string
		args        []string
	}{
		"routes in a file":   {"", routes + " holds more than 1 MiB", []string{"route", "set", routes}},
		"routes in a pipe":   {"routes: []\n" + over, "standard input holds more than 1 MiB", []string{"route", "set", "-"}},
		"changes in a file":  {"", changes + " holds more than 16 MiB", []string{"rule", "import", changes}},
		"a query":            {"SELECT 1 -- " + over, "standard input holds more than 1 MiB", []string{"query", "-"}},
		"a channel's secret": {"https://hooks.example.com/x" + strings.Repeat(" ", maxSecret), "standard input holds more than 64 KiB", []string{"channel", "add", "hook", "--kind", "webhook", "--secret-file", "url=-"}},
		"a secret in a file": {"", key + " holds more than 64 KiB", []string{"channel", "add", "hook", "--kind", "webhook", "--secret-file", "url=" + key}},
	} {
		code, out := l.run(t.Context(), c.stdin, nil, c.args...)
		if code != exitFailed || !strings.Contains(out, c.says) || !strings.Contains(out, "Hint: ") && !strings.Contains(out, "Try: ") {
			t.Errorf("%s: exit code %d\n%s", name, code, out)
		}
	}
}

func TestInputOfExactlyTheLimitIsRead(t *testing.T) {
	t.Parallel()
	text, err := readWhole(bytes.NewReader(make([]byte, 10)), "it", 10, "")
	if err != nil || len(text) != 10 {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
