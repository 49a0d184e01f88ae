package pagerduty

import (
	"context"
	"encoding/json"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

type sink struct {
	key  secret.Value
	post *notify.Poster
	e    notify.Environment
}

// event is of the Events API v2
// (https://developer.pagerduty.com/docs/send-alert-event, read 2026-11-22).
type event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"`
	DedupKey   string   `json:"dedup_key"`
	Client     string   `json:"client,omitempty"`
	ClientURL  string   `json:"client_url,omitempty"`
	Payload    *payload `json:"payload,omitempty"`
	Links      []link   `json:"links,omitempty"`
}

type payload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp time.Time         `json:"timestamp"`
	Component string            `json:"component,omitempty"`
	Group     string            `json:"group,omitempty"`
	Class     string            `json:"class,omitempty"`
	Details   map[string]string `json:"custom_details,omitempty"`
}

type link struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

// maxSummary is the longest that the API takes, in characters.
const maxSummary = 1024

// Destination is the host.
func (s *sink) Destination() string { return s.post.Host() }

// Send triggers, acknowledges or resolves the incident of the alert.
func (s *sink) Send(ctx context.Context, m notify.Message) (string, error) {
	said, err := s.send(ctx, s.compose(m))
	if err == nil && m.Test {
		// What was only tried must not stay open.
		_, err = s.send(ctx, event{Action: "resolve", DedupKey: "nightjar-test-" + m.Key})
	}
	return said, err
}

func (s *sink) send(ctx context.Context, e event) (string, error) {
	e.RoutingKey = s.key.Reveal()
	b, err := json.Marshal(e)
	if err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the event cannot be written", Err: err}
	}
	return s.post.Post(ctx, b, nil)
}

func (s *sink) compose(m notify.Message) event {
	if m.Test || len(m.Notices) == 0 {
		return event{Action: "trigger", DedupKey: "nightjar-test-" + m.Key, Client: "Nightjar", Payload: &payload{
			Summary: m.Subject(), Source: s.e.Host, Severity: "info", Timestamp: m.Created,
		}}
	}
	n := m.Notices[0]
	e := event{Action: action(n.State), DedupKey: "nightjar-" + n.Alert + "-" + m.Channel, Client: "Nightjar", ClientURL: n.Link}
	if e.Action != "trigger" {
		return e
	}
	source := n.TenantName
	if source == "" {
		source = string(n.Tenant)
	}
	e.Payload = &payload{
		Summary: notify.Cut(notify.OneLine(n.Title+": "+n.Reason), maxSummary), Source: source, Severity: severity(n.Severity), Timestamp: n.Last.UTC(),
		Component: n.Pack, Group: source, Class: n.Rule, Details: map[string]string{},
	}
	for _, f := range n.Facts() {
		e.Payload.Details[f.Name] = f.Value
	}
	e.Payload.Details["Reason"] = notify.OneLine(n.Reason)
	e.Payload.Details["State"] = n.Words()
	if n.Link != "" {
		e.Links = []link{{n.Link, "Open the alert"}}
	}
	return e
}

func action(s notify.State) string {
	switch s {
	case notify.StateAcknowledged:
		return "acknowledge"
	case notify.StateClosed:
		return "resolve"
	case notify.StateOpened, notify.StateRaised, notify.StateReopened, notify.StateReminder:
	}
	return "trigger"
}

func severity(s nightjar.Severity) string {
	switch s {
	case nightjar.SeverityCritical:
		return "critical"
	case nightjar.SeverityHigh:
		return "error"
	case nightjar.SeverityMedium:
		return "warning"
	case nightjar.SeverityLow, nightjar.SeverityInformational:
	}
	return "info"
}
