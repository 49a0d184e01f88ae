package pagerduty

import (
	"regexp"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// The places of the service
// (https://developer.pagerduty.com/docs/events-api-v2-overview, read 2026-11-22).
const (
	regionUS = "us"
	regionEU = "eu"
)

// Kind describes channels by PagerDuty.
func Kind() notify.Kind {
	return notify.Kind{
		Name: "pagerduty", Title: "PagerDuty", Idempotent: true,
		States: []notify.State{notify.StateAcknowledged},
		Fields: []notify.Field{
			{Name: "routing_key", Title: "Integration key", Secret: true, Required: true, Help: "of an Events API v2 integration of a service: 32 letters and digits"},
			{Name: "region", Title: "Region", Leads: true, Default: regionUS, Options: []string{regionUS, regionEU}, Help: "where the account is"},
			{Name: "url", Title: "URL", Secret: true, Leads: true, Help: "of a service that speaks the same, in place of PagerDuty's", Example: "https://events.example.com/v2/enqueue"},
		},
		New: func(s notify.Settings, e notify.Environment) (notify.Sink, error) {
			key := s.Secrets["routing_key"]
			if !regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`).MatchString(key.Reveal()) {
				return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the integration key is not 32 letters and digits", Hint: "PagerDuty shows it at the service's Events API v2 integration"}
			}
			to := s.Secrets["url"]
			switch {
			case !to.IsZero():
			case s.Values["region"] == regionEU:
				to = secret.New("https://events.eu.pagerduty.com/v2/enqueue")
			default:
				to = secret.New("https://events.pagerduty.com/v2/enqueue")
			}
			post, err := notify.NewPoster(to, e)
			if err != nil {
				return nil, err
			}
			post.Hide(key)
			return &sink{key: key, post: post, e: e}, nil
		},
	}
}
