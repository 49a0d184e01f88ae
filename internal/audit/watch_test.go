package audit

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
)

// board keeps which warnings show.
type board map[nightjar.WarningCode]map[string]string

func (b board) Set(code nightjar.WarningCode, _ nightjar.TenantID, _ string, args map[string]string) {
	b[code] = args
}
func (b board) Clear(code nightjar.WarningCode, _ nightjar.TenantID, _ string) { delete(b, code) }

func TestTamperingRaisesAWarningAndHeadsAreToldElsewhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	shown, out := board{}, &bytes.Buffer{}
	w, err := NewWatch(WatchConfig{Log: b.Log, Warnings: shown, Logger: slog.New(slog.NewTextHandler(out, nil))})
	if err != nil {
		t.Fatal(err)
	}
	b.write(5)
	w.tell(t.Context())
	w.tell(t.Context())
	head, err := b.Head(t.Context())
	if err != nil || strings.Count(out.String(), head.Hash) != 1 {
		t.Errorf("the log says %q of head %v, %v", out, head, err)
	}
	w.Look(t.Context())
	if len(shown) != 0 {
		t.Errorf("a whole log warns: %v", shown)
	}
	// Somebody computes the whole chain anew, with other entries.
	b.sql("DELETE FROM audit_entries")
	b.sql("UPDATE audit_head SET seq = 0, hash = ''")
	b.write(6)
	w.Look(t.Context())
	if args := shown[nightjar.WarnAuditTampered]; args["seq"] != "5" {
		t.Errorf("shown: %v", shown)
	}
	b.sql("DELETE FROM audit_entries WHERE seq = 2")
	w.Look(t.Context())
	if args := shown[nightjar.WarnAuditTampered]; args["seq"] != "2" || !strings.Contains(args["reason"], "missing") {
		t.Errorf("shown: %v", shown)
	}
}
