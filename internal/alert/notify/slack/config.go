package slack

import (
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// Kind describes channels by Slack.
func Kind() notify.Kind {
	return notify.Kind{
		Name: "slack", Title: "Slack", Bundles: true,
		Fields: []notify.Field{
			{Name: "url", Title: "Webhook URL", Secret: true, Leads: true, Required: true, Help: "of an incoming webhook; whoever has it can post", Example: "https://hooks.slack.com/services/…"},
		},
		New: func(s notify.Settings, e notify.Environment) (notify.Sink, error) {
			post, err := notify.NewPoster(s.Secrets["url"], e)
			if err != nil {
				return nil, err
			}
			return &sink{post: post}, nil
		},
	}
}
