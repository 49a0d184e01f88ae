package notify_test

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// TestTheLastChannelOfARouteStays removes channels until a route would take
// alerts and tell nobody.
func TestTheLastChannelOfARouteStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, first := b.hook("first", "webhook", nil)
	_, second := b.hook("second", "webhook", nil)
	b.routes(
		notify.Route{Name: "urgent", Severities: []nightjar.Severity{"critical"}, Channels: []string{first.ID, second.ID}},
		notify.Route{Name: "rest", Channels: []string{first.ID}},
	)
	_, err := b.Remove(t.Context(), first.ID)
	if nightjar.CodeOf(err) != nightjar.CodeConflict || !strings.Contains(err.Error(), "rest") || strings.Contains(err.Error(), "urgent") {
		t.Fatalf("the only channel of a route is removed: %v", err)
	}
	if c, err := b.Get(t.Context(), first.ID); err != nil || len(c.Secrets) != 2 {
		t.Fatalf("what is refused leaves %+v, %v", c, err)
	}
	if _, err := b.Remove(t.Context(), second.ID); err != nil {
		t.Errorf("a route that has another channel keeps one: %v", err)
	}
	_, err = b.Remove(t.Context(), first.ID)
	if nightjar.CodeOf(err) != nightjar.CodeConflict || !strings.Contains(err.Error(), "urgent, rest") {
		t.Errorf("the only channel of two routes is removed: %v", err)
	}
	b.routes()
	if _, err := b.Remove(t.Context(), first.ID); err != nil {
		t.Errorf("without routes it is not removed: %v", err)
	}
}
