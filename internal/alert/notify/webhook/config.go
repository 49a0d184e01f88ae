package webhook

import (
	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// config is what the settings of a channel say.
type config struct {
	key secret.Value // of the signature; zero leaves messages unsigned
}

// minKey is enough that nobody guesses it.
const minKey = 16

// Kind describes channels by webhook.
func Kind() notify.Kind {
	return notify.Kind{
		Name: "webhook", Title: "Webhook", Bundles: true, Idempotent: true,
		States: []notify.State{notify.StateAcknowledged},
		Fields: []notify.Field{
			{Name: "url", Title: "URL", Secret: true, Leads: true, Required: true, Help: "https address that takes the JSON", Example: "https://hooks.example.com/nightjar"},
			{Name: "key", Title: "Signing key", Secret: true, Help: "at least 16 characters; messages are signed with it"},
			{Name: "bearer", Title: "Bearer token", Secret: true, Help: "sent as Authorization: Bearer, where the other side asks for one"},
		},
		New: func(s notify.Settings, e notify.Environment) (notify.Sink, error) {
			post, err := notify.NewPoster(s.Secrets["url"], e)
			if err != nil {
				return nil, err
			}
			c := config{key: s.Secrets["key"]}
			if !c.key.IsZero() && len(c.key.Reveal()) < minKey {
				return nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "the signing key is shorter than 16 characters", Hint: "e.g. openssl rand -hex 32"}
			}
			post.Hide(s.Secrets["key"], s.Secrets["bearer"])
			return &sink{config: c, bearer: s.Secrets["bearer"], post: post, e: e}, nil
		},
	}
}
