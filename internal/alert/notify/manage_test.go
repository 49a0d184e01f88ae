package notify_test

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
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

// TestSecretsDoNotGoElsewhere changes where a channel leads, with and without
// the secrets that would be sent there.
func TestSecretsDoNotGoElsewhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hook := b.add(notify.Channel{Name: "hook", Kind: "webhook"}, map[string]string{"url": "https://example.com/one", "bearer": "a token"})
	mail := b.add(notify.Channel{Name: "mail", Kind: "email", Settings: map[string]string{"server": "example.com:587", "from": "a@example.com", "to": "b@example.com", "username": "u"}}, map[string]string{"password": "a password"})
	pager := b.add(notify.Channel{Name: "pager", Kind: "pagerduty"}, map[string]string{"routing_key": "0123456789abcdef0123456789abcdef"})
	chat := b.add(notify.Channel{Name: "chat", Kind: "slack"}, map[string]string{"url": "https://example.com/one"})
	for _, c := range []struct {
		what     string
		channel  notify.Channel
		settings map[string]string
		secrets  map[string]string
		refused  string // the hint
	}{
		{"another address", hook, nil, map[string]string{"url": "https://evil.example/one"}, "bearer"},
		{"another path", hook, nil, map[string]string{"url": "https://example.com/two"}, "bearer"},
		{"the same address", hook, nil, map[string]string{"url": "https://example.com/one"}, ""},
		{"another token", hook, nil, map[string]string{"bearer": "another token"}, ""},
		{"an address with its token", hook, nil, map[string]string{"url": "https://example.net/one", "bearer": "a third token"}, ""},
		{"an address without a token", hook, nil, map[string]string{"url": "https://example.org/one", "bearer": ""}, ""},
		{"another server", mail, map[string]string{"server": "evil.example:587"}, nil, "password"},
		{"another recipient", mail, map[string]string{"to": "c@example.com"}, nil, ""},
		{"a server with its password", mail, map[string]string{"server": "example.net:587"}, map[string]string{"password": "another"}, ""},
		{"another region", pager, map[string]string{"region": "eu"}, nil, "routing_key"},
		{"an address in place of a region", pager, nil, map[string]string{"url": "https://evil.example/v2"}, "routing_key"},
		{"an address that is all there is", chat, nil, map[string]string{"url": "https://example.net/one"}, ""},
	} {
		change := notify.ChannelChange{Settings: c.settings, Secrets: map[string]secret.Value{}}
		for name, value := range c.secrets {
			change.Secrets[name] = secret.New(value)
		}
		_, err := b.Change(t.Context(), c.channel.ID, change)
		if c.refused == "" && err != nil || c.refused != "" && (nightjar.CodeOf(err) != nightjar.CodeInvalid || !strings.Contains(nightjar.HintOf(err), c.refused)) {
			t.Errorf("%s: %v, %s", c.what, err, nightjar.HintOf(err))
		}
	}
}
