package teams

import (
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// Kind describes channels by Microsoft Teams.
func Kind() notify.Kind {
	return notify.Kind{
		Name: "teams", Title: "Microsoft Teams", Bundles: true,
		Fields: []notify.Field{
			{Name: "url", Title: "Workflow URL", Secret: true, Leads: true, Required: true, Help: "of a workflow \"Post to a channel when a webhook request is received\"; whoever has it can post", Example: "https://prod-00.westeurope.logic.azure.com/workflows/…"},
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
